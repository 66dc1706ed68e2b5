// Every option of every layer, loss and method is in the signature of checkpoints, or no result depends on it. The list of
// options is the generated one, so a new option, or a new layer or loss, fails here until it is in the tables of tests/nn.
import * as api from "../_support/api.ts";
import {
  dense,
  flatten,
  type Layer,
  type Loss,
  type LossDefinition,
  type Model,
  type Optimizer,
  randomKey,
  sequential,
  sgd,
  squaredError,
  tanh,
  tensor,
} from "../../mod.ts";
import { STREAMS } from "../../layers.ts";
import { checkpoint, CheckpointMismatchError, restore } from "../../checkpoint.ts";
import { equal, ok, rejects } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TENSOR_EXAMPLES } from "../api/_examples/tensor.ts";
import { NN_EXAMPLES } from "../api/_examples/nn.ts";
import { CALLABLES } from "../api/surface.ts";
import { type Change, type LayerRow, ROWS, suited } from "../nn/_layers.ts";
import { LOSSES } from "../nn/_losses.ts";
import { mixing, ROUND } from "../nn/_own.ts";

interface Subject {
  readonly args: readonly unknown[];
  readonly changes: readonly Change[];
}

/** Definitions are checked by themselves below. */
const DEFINED = ["defineLayer", "defineLoss"];
/** An option that is refused without another one, and has a test of its own. */
const DEPENDENT: readonly string[] = ["dense 1.transpose"];

const functions = api as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** The arguments with another value at a path. */
function changed(args: readonly unknown[], path: string, value: unknown): unknown[] {
  const [index, option] = path.split(".");
  const at = Number(index), next = [...args];
  next[at] = option ? { ...(args[at] as object), [option]: value } : value;
  return next;
}

/** What was made; promises of it are left alone. */
function settled(made: unknown): Record<string, unknown> {
  if (made instanceof Promise) made.catch(() => {});
  return made as Record<string, unknown>;
}

/** Exports that make what has one of these methods. */
function makersOf(method: string): string[] {
  const scope = new api.Scope();
  try {
    return Object.keys(api).filter((name) => {
      const make = functions[name];
      if (typeof make !== "function" || DEFINED.includes(name)) return false;
      try {
        const made = settled(
          make(...(NN_EXAMPLES[name] ?? TENSOR_EXAMPLES[name])?.(scope).args ?? []),
        );
        return typeof made[method] === "function";
      } catch {
        return false; // needs arguments, and is neither layer nor loss
      }
    });
  } finally {
    scope.dispose();
  }
}

function checkTable(table: Readonly<Record<string, Subject>>, makers: readonly string[]): void {
  equal(Object.keys(table).sort(), [...makers].sort(), "layers or losses that are exported");
  for (const [name, { changes }] of Object.entries(table)) {
    const parameters = CALLABLES[name] ?? [];
    const isWhole = (path: readonly unknown[]): boolean =>
      path.length === 1 &&
      parameters.some((other) => other.path.length > 1 && other.path[0] === path[0]);
    const options = parameters.map(({ path }) => path).filter((path) => !isWhole(path))
      .map((path) => path.join(".")).filter((path) => !DEPENDENT.includes(`${name} ${path}`));
    equal(changes.map(([path]) => path).sort(), options.sort(), `options of ${name}()`);
  }
}

test("the tables have every layer and every loss, with every option", () => {
  checkTable(ROWS, makersOf("outputShape"));
  checkTable(LOSSES, makersOf("hessianProduct"));
});

function modelOf(
  layer: Layer,
  { input, before }: Pick<LayerRow, "input" | "before"> = { input: [4], before: [] },
  seed = 1,
): Model {
  const layers = [...before, layer, flatten(), dense(2)];
  return sequential({ input, seed, dtype: "float64" }, layers);
}

/** Outputs, loss and gradient with all draws, as one text. */
function resultsOf(model: Model, loss: Loss = squaredError()): string {
  const size = 3 * model.input.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: size }, (_, i) => ((i * 37) % 23) / 7 - 1.5);
  using filled = tensor(numbers, { shape: [3, ...model.input], dtype: "float64" });
  const input = suited(filled, model.layers);
  using target = tensor([[0, 1], [1, 0], [0.5, 0.5]], { dtype: "float64" });
  using lin = model.linearize(loss, { input, target, key: randomKey(1, STREAMS.dropout, 0) });
  using gradient = lin.gradient();
  return [lin.loss, ...lin.output.data, ...gradient.data].map((x) => Object.is(x, -0) ? "-0" : x)
    .join();
}

const OPTIMIZER = sgd();

async function written(model: Model, loss?: Loss): Promise<Uint8Array> {
  using state = OPTIMIZER.init(model);
  return await checkpoint({ model, optimizer: OPTIMIZER, state, ...(loss && { loss }) });
}

const escaped = (text: string): string => text.replace(/[[\]().+*?]/g, "\\$&");

for (const [name, subject] of Object.entries(ROWS)) {
  const { args, changes } = subject;
  for (const [path, value, named] of changes) {
    test(`${name}(): ${path} is in the signature, or results do not depend on it`, async () => {
      using model = modelOf(functions[name](...args) as Layer, subject);
      using other = modelOf(functions[name](...changed(args, path, value)) as Layer, subject, 2);
      const bytes = await written(model);
      const continued = () => restore(bytes, { model: other, optimizer: OPTIMIZER });
      if (named) {
        const pattern = new RegExp(`: model ${escaped(named)}$`);
        return rejects(continued, CheckpointMismatchError, pattern);
      }
      (await continued()).dispose();
      equal(resultsOf(other), resultsOf(model), "results");
    });
  }
}

for (const [name, { args, changes }] of Object.entries(LOSSES)) {
  for (const [path, value, named] of changes) {
    test(`${name}(): ${path} is in the signature`, async () => {
      using model = modelOf(tanh());
      const bytes = await written(model, functions[name](...args) as Loss);
      const loss = functions[name](...changed(args, path, value)) as Loss;
      const pattern = new RegExp(`: loss ${escaped(named)}$`);
      const continued = () => restore(bytes, { model, optimizer: OPTIMIZER, loss });
      await rejects(continued, CheckpointMismatchError, pattern);
    });
  }
}

test("layers and losses of one's own are known by name, version and settings", async () => {
  const layer = { ...mixing(4), options: { width: 2, at: [1, 2] }, version: 3 };
  const loss: LossDefinition = { ...ROUND, options: { width: 2, at: [1, 2] }, version: 3 };
  using model = modelOf(api.defineLayer(layer));
  const bytes = await written(model, api.defineLoss(loss));
  const changes: readonly [Partial<LossDefinition>, string][] = [
    [{ version: 4 }, "version is 3, not 4"],
    [{ version: "3" }, 'version is 3, not "3"'],
    [{ options: { width: Infinity, at: [1, 2] } }, "width is 2, not Infinity"],
    [{ options: { width: 2, at: [1, 3] } }, "at[1] is 2, not 3"],
    [{ options: { width: 2 } }, "at is [1, 2], not absent"],
  ];
  for (const [change, named] of changes) {
    using other = modelOf(api.defineLayer({ ...layer, ...(change as object) }));
    const all = { model, optimizer: OPTIMIZER, loss: api.defineLoss(loss) };
    const pattern = (where: string): RegExp => new RegExp(`: ${where} ${escaped(named)}$`);
    await rejects(
      () => restore(bytes, { ...all, model: other }),
      CheckpointMismatchError,
      pattern("model layers\\[0\\]"),
    );
    const changedLoss = api.defineLoss({ ...loss, ...change });
    await rejects(
      () => restore(bytes, { ...all, loss: changedLoss }),
      CheckpointMismatchError,
      pattern("loss"),
    );
  }
  const summed = api.defineLoss({ ...loss, isSumOverSteps: true });
  await rejects(
    () => restore(bytes, { model, optimizer: OPTIMIZER, loss: summed }),
    CheckpointMismatchError,
    /: loss isSumOverSteps is false, not true$/,
  );
});

test("dense(): transpose is in the signature", async () => {
  const tied = (transpose: boolean): Layer => dense(4, { tiedTo: "dense_1", transpose });
  const [model, other] = [false, true].map((transpose) => modelOf(tied(transpose), ROWS.dense));
  const bytes = await written(model);
  await rejects(
    () => restore(bytes, { model: other, optimizer: OPTIMIZER }),
    CheckpointMismatchError,
    /: model layers\[1\] isTransposed is false, not true$/,
  );
  model.dispose();
  other.dispose();
});

test("0 and -0 are not the same in a signature", async () => {
  using model = modelOf(api.leakyRelu(0));
  using other = modelOf(api.leakyRelu(-0));
  const bytes = await written(model);
  await rejects(
    () => restore(bytes, { model: other, optimizer: OPTIMIZER }),
    CheckpointMismatchError,
    /: model layers\[0\] slope is 0, not -0$/,
  );
});

test("a loss of one's own is not taken for the library's of the same name and settings", async () => {
  using model = modelOf(tanh());
  const bytes = await written(model, api.huber(1));
  const loss = api.defineLoss({ ...ROUND, name: "huber", options: { delta: 1 } });
  await rejects(
    () => restore(bytes, { model, optimizer: OPTIMIZER, loss }),
    CheckpointMismatchError,
    /: loss version is absent, not 1$/,
  );
});

test("every option of every method is among its settings", () => {
  let count = 0;
  for (const [name, parameters] of Object.entries(CALLABLES)) {
    const make = functions[name];
    if (typeof make !== "function" || name.startsWith("new ")) continue;
    let made: Partial<Optimizer> | undefined;
    try {
      made = settled(make());
    } catch {
      continue; // needs arguments, and is no method
    }
    if (typeof made?.init !== "function" || typeof made.step !== "function") continue;
    count++;
    for (const { path: [, option] } of parameters.filter(({ path }) => path.length === 2)) {
      ok(Object.hasOwn(made.options ?? {}, option), `${name}: ${String(option)}`);
    }
  }
  ok(count > 10, `only ${count} methods were found`);
});
