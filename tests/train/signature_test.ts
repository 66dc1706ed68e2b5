// Every option of every layer, loss and method is in the signature of checkpoints, or no result depends on it. The list of
// options is the generated one, so a new option, or a new layer or loss, fails here until it is in the tables below.
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
  relu,
  sequential,
  sgd,
  squaredError,
  tanh,
  tensor,
} from "../../mod.ts";
import { heNormal, STREAMS } from "../../layers.ts";
import { checkpoint, CheckpointMismatchError, restore } from "../../checkpoint.ts";
import { equal, ok, rejects } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TENSOR_EXAMPLES } from "../api/_examples/tensor.ts";
import { NN_EXAMPLES } from "../api/_examples/nn.ts";
import { CALLABLES } from "../api/surface.ts";
import { type Change, suited, TOLD } from "../nn/_layers.ts";
import { mixing, ROUND } from "../nn/_own.ts";

interface Subject {
  readonly args: readonly unknown[];
  readonly changes: readonly Change[];
  readonly input?: readonly number[];
  /** Layers before it. */
  readonly before?: readonly Layer[];
}

const IMAGE = [5, 5, 2];
const plain = (): Subject => ({ args: [], changes: [] });
const pool: Subject = {
  args: [2, { stride: 1, padding: 0 }],
  input: IMAGE,
  changes: [
    ["0", 3, "layers[0] size is 2, not 3"],
    ["1.stride", 2, "layers[0] stride is 1, not 2"],
    ["1.padding", 1, "layers[0] padding is 0, not 1"],
  ],
};

const LAYERS: Readonly<Record<string, Subject>> = {
  ...TOLD,
  dense: {
    args: [4, { bias: true }],
    before: [dense(4)],
    changes: [
      ["0", 3, "layers[1] units is 4, not 3"],
      ["1.bias", false, "layers[1] bias is true, not false"],
      ["1.initializer", heNormal(), ""],
      ["1.tiedTo", "dense_1", 'layers[1] site is absent, not "dense_1"'],
    ],
  },
  conv2d: {
    args: [2, { kernel: 2, stride: 1, padding: 0, dilation: 1, bias: true }],
    input: IMAGE,
    changes: [
      ["0", 3, "layers[0] filters is 2, not 3"],
      ["1.kernel", [2, 3], "layers[0] kernel[1] is 2, not 3"],
      ["1.stride", 2, "layers[0] stride is 1, not 2"],
      ["1.padding", "same", 'layers[0] padding is 0, not "same"'],
      ["1.dilation", 2, "layers[0] dilation is 1, not 2"],
      ["1.bias", false, "layers[0] bias is true, not false"],
      ["1.initializer", heNormal(), ""],
    ],
  },
  lstm: {
    args: [3, {}],
    input: [3, 2],
    changes: [
      ["0", 2, "layers[0] units is 3, not 2"],
      ["1.initializer", heNormal(), ""],
      ["1.forgetBias", 3, ""],
    ],
  },
  dropout: {
    args: [0.5, {}],
    changes: [
      ["0", 0.25, "layers[0] rate is 0.5, not 0.25"],
      ["1.seed", 3, "layers[0] seed is absent, not 3"],
    ],
  },
  maxPool2d: pool,
  averagePool2d: pool,
  globalAveragePool2d: { ...plain(), input: IMAGE },
  elu: { args: [1], changes: [["0", 2, "layers[0] alpha is 1, not 2"]] },
  leakyRelu: { args: [0], changes: [["0", -0, "layers[0] slope is 0, not -0"]] },
  gelu: {
    args: [{}],
    changes: [["0.approximate", "tanh", 'layers[0] approximate is absent, not "tanh"']],
  },
  reshape: { args: [[2, 2]], changes: [["0", [4, 1], "layers[0] shape[0] is 2, not 4"]] },
  residual: {
    args: [[tanh()], { projection: [] }],
    changes: [
      ["0", [relu()], 'layers[0] branches[0][0] kind is "tanh", not "relu"'],
      ["1.projection", [api.elu(2)], "layers[0] branches[1] length is 0, not 1"],
    ],
  },
  concatenation: {
    args: [[[], [api.elu(2)]]],
    changes: [["0", [[], [api.elu(3)]], "layers[0] branches[1][0] alpha is 2, not 3"]],
  },
  lastStep: { ...plain(), input: [3, 2] },
  ...Object.fromEntries(
    ["relu", "tanh", "sigmoid", "softplus", "selu", "silu", "identity", "flatten"]
      .map((name) => [name, plain()]),
  ),
};

const delta: Subject = { args: [1], changes: [["0", 0.25, "delta is 1, not 0.25"]] };
const LOSSES: Readonly<Record<string, Subject>> = {
  huber: delta,
  pseudoHuber: delta,
  ...Object.fromEntries(
    [
      "squaredError",
      "sigmoidCrossEntropy",
      "softmaxCrossEntropy",
      "poisson",
      "welsch",
      "expectedZeroOne",
    ].map((name) => [name, plain()]),
  ),
};

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
  checkTable(LAYERS, makersOf("outputShape"));
  checkTable(LOSSES, makersOf("hessianProduct"));
});

function modelOf(
  layer: Layer,
  { input = [4], before = [] }: Pick<Subject, "input" | "before"> = {},
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

for (const [name, subject] of Object.entries(LAYERS)) {
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
  const [model, other] = [false, true].map((transpose) => modelOf(tied(transpose), LAYERS.dense));
  const bytes = await written(model);
  await rejects(
    () => restore(bytes, { model: other, optimizer: OPTIMIZER }),
    CheckpointMismatchError,
    /: model layers\[1\] isTransposed is false, not true$/,
  );
  model.dispose();
  other.dispose();
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
