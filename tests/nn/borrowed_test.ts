// What is reached through an owner belongs to it: whoever holds it can read and write it, and not give it back.
import {
  conv2d,
  dense,
  diagonal,
  dropout,
  flatten,
  type Linearization,
  lstm,
  memoryUsage,
  type Model,
  residual,
  Scope,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  Tensor,
  tensor,
} from "../../mod.ts";
import {
  cgInPlace,
  CgWorkspace,
  directInPlace,
  DirectWorkspace,
  lsmrInPlace,
  LsmrWorkspace,
  minresInPlace,
  MinresWorkspace,
} from "../../solvers.ts";
import { denseOperator } from "../../operators.ts";
import { METHODS } from "../optimizers/_methods.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { randomRows } from "../_support/twins.ts";

/** The class, and the transpose of a matrix, whose own is made anew without end. */
const IGNORED = new Set(["constructor", "T"]);

/** Every tensor that is reached through properties, getters and arrays of a value, by its path. */
function reached(value: unknown, path = "", seen: Set<unknown> = new Set()): [string, Tensor][] {
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  if (value instanceof Tensor) return [[path, value]];
  if (ArrayBuffer.isView(value)) return [];
  if (value instanceof Map) {
    return [...value].flatMap(([key, entry]) => reached(entry, `${path}.${String(key)}`, seen));
  }
  const names = new Set<string>();
  for (
    let level = value;
    level && level !== Object.prototype && level !== Array.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name);
  }
  return [...names].flatMap((name) =>
    IGNORED.has(name)
      ? []
      : reached((value as Record<string, unknown>)[name], `${path}.${name}`, seen)
  );
}

interface ModelCase {
  readonly make: () => Model;
  readonly input: readonly number[];
  readonly lengths?: readonly number[];
}

const BATCH_SIZE = 4;

const MODELS: Readonly<Record<string, ModelCase>> = {
  dense: {
    make: () => sequential({ input: [3], seed: 1 }, [dense(4), tanh(), dropout(0.5), dense(2)]),
    input: [3],
  },
  convolution: {
    make: () =>
      sequential({ input: [4, 4, 1], seed: 1 }, [
        conv2d(2, { kernel: 3 }),
        residual([tanh(), conv2d(2, { kernel: 1 })]),
        flatten(),
        dense(2),
      ]),
    input: [4, 4, 1],
  },
  sequences: {
    make: () => sequential({ input: [3, 2], seed: 1 }, [lstm(3), dense(2)]),
    input: [3, 2],
    lengths: [3, 1, 2, 3],
  },
};

function batchOf({ input, lengths }: ModelCase, scope: Scope) {
  const size = input.reduce((product, n) => product * n, 1);
  const targetShape = lengths ? [BATCH_SIZE, input[0], 2] : [BATCH_SIZE, 2];
  const rows = randomRows(2, targetShape.reduce((product, n) => product * n, 1), 1).flat();
  return {
    input: scope.own(
      tensor(randomRows(1, BATCH_SIZE, size).flat(), { shape: [BATCH_SIZE, ...input] }),
    ),
    target: scope.own(tensor(rows, { shape: targetShape })),
    ...(lengths && { lengths }),
  };
}

/** Numbers that a linearization comes to. */
function numbersOf(lin: Linearization): number[] {
  using gradient = lin.gradient();
  return [lin.loss, ...gradient.data];
}

for (const [name, item] of Object.entries(MODELS)) {
  test(`${name}: no tensor of a model or a linearization can be disposed of by others, and all go on`, () => {
    using scope = new Scope();
    const batch = batchOf(item, scope);
    using model = item.make();
    const expected = (() => {
      using lin = model.linearize(squaredError(), batch);
      return numbersOf(lin);
    })();
    {
      using lin = model.linearize(squaredError(), batch);
      const direction = scope.own(new Tensor("float32", [model.parameterCount]));
      direction.data.fill(1);
      scope.own(lin.hvp(direction));
      const shown: [string, Tensor][] = [
        ...reached(model, "model"),
        ...reached(lin, "lin"),
        ...reached(lin.siteCotangents(lin.output), "siteCotangents"),
      ];
      ok(shown.length > 6, shown.map(([path]) => path).join());
      for (const [path, borrowed] of shown) {
        throws(
          () => borrowed.dispose(),
          TypeError,
          /Cannot dispose of a tensor: it belongs to a model/,
        );
        throws(
          () => new Scope().own(borrowed),
          TypeError,
          /Cannot own a resource: it belongs to a/,
        );
        ok(!borrowed.isDisposed, path);
      }
      equal(numbersOf(lin), expected, "the same linearization");
    }
    using again = model.linearize(squaredError(), batch);
    equal(numbersOf(again), expected, "the next one");
  });
}

test("owners give back what they lent, and a second disposal of what they gave back does nothing", () => {
  const run = (): void => {
    using scope = new Scope();
    for (const item of Object.values(MODELS)) {
      const model = item.make();
      const lin = model.linearize(squaredError(), batchOf(item, scope));
      const shown = [...reached(model), ...reached(lin)].map(([, borrowed]) => borrowed);
      lin.dispose();
      model.dispose();
      ok(shown.every((borrowed) => borrowed.isDisposed), "what a disposed model lent");
      for (const borrowed of shown) borrowed.dispose();
    }
  };
  run();
  const { liveBytes } = memoryUsage();
  run();
  equal(memoryUsage().liveBytes, liveBytes, "bytes left");
});

test("a view that is one's own can be disposed of, and so can a copy", () => {
  using model = MODELS.dense.make();
  const part = model.parameters.view([2], 1);
  part.dispose();
  ok(part.isDisposed && !model.parameters.isDisposed, "the view alone");
  using scope = new Scope();
  const { input } = batchOf(MODELS.dense, scope);
  model.predict(input).dispose();
});

test("the tensors of an optimizer's state cannot be disposed of by others, and steps go on", () => {
  for (const [name, optimizer] of Object.entries(METHODS)) {
    using scope = new Scope();
    const model = scope.own(sequential({ input: [3], seed: 1 }, [dense(4), tanh(), dense(2)]));
    const batch = batchOf(MODELS.dense, scope);
    const loss = squaredError();
    using state = optimizer.init(model, { loss, warmStart: [batch] });
    optimizer.step(state, { model, loss, batch });
    for (const [path, borrowed] of reached(state, name)) {
      throws(
        () => borrowed.dispose(),
        TypeError,
        /it belongs to (an optimizer's state|a workspace)/,
      );
      ok(!borrowed.isDisposed, path);
    }
    ok(Number.isFinite(optimizer.step(state, { model, loss, batch }).loss), name);
  }
});

test("the vectors of a workspace, its solution too, cannot be disposed of by others; handed over they can", () => {
  using a = tensor([[4, 1], [1, 3]], { dtype: "float64" });
  using b = tensor([1, 2], { dtype: "float64" });
  const op = denseOperator(a, { isSymmetric: true });
  using scope = new Scope();
  const solves = [
    [scope.own(new CgWorkspace(op, { isPreconditioned: true, storedIterations: 9 })), cgInPlace],
    [scope.own(new MinresWorkspace(op, { isPreconditioned: true })), minresInPlace],
    [scope.own(new LsmrWorkspace(op)), lsmrInPlace],
    [scope.own(new DirectWorkspace(op)), directInPlace],
  ] as const;
  for (const [workspace, solve] of solves) {
    const run = solve as unknown as (...args: unknown[]) => { x: Tensor; status: string };
    const { x } = run(workspace, op, b);
    const expected = [...x.data];
    for (const [path, borrowed] of reached(workspace)) {
      throws(() => borrowed.dispose(), TypeError, /it belongs to a workspace/);
      ok(!borrowed.isDisposed, path);
    }
    equal([...run(workspace, op, b).x.data], expected);
    using one = tensor([4], { dtype: "float64" });
    const small = run(workspace, diagonal(one), one).x;
    throws(() => small.dispose(), TypeError, /it belongs to a workspace/);
    equal([...run(workspace, diagonal(one), one).x.data], [1]);
  }
});

test("a linearization keeps targets of its own: what becomes of the batch's changes nothing", () => {
  for (const [name, item] of Object.entries(MODELS)) {
    using scope = new Scope();
    const { input, target, ...rest } = batchOf(item, scope);
    using model = item.make();
    using kept = model.linearize(squaredError(), { input, target, ...rest });
    using changed = model.linearize(squaredError(), { input, target, ...rest });
    const expected = numbersOf(kept), [own] = target.data;
    target.data.fill(9);
    input.data.fill(9);
    equal(numbersOf(changed), expected, name);
    equal(changed.target.data[0], own, `${name}, target`);
    target.dispose();
    equal(numbersOf(changed), expected, `${name}, disposed`);
  }
});

test("targets of another shape, indices for weights, have a copy of their own", () => {
  using model = sequential({ input: [3], seed: 1 }, [dense(2)]);
  using input = tensor(randomRows(1, 2, 3));
  using indices = tensor([1, 0]);
  using weights = tensor([[0, 1], [1, 0]]);
  const losses = [indices, weights, indices].map((target) => {
    using lin = model.linearize(softmaxCrossEntropy(), { input, target });
    return numbersOf(lin);
  });
  equal(losses[0], losses[1]);
  equal(losses[0], losses[2]);
});

test("linearizing allocates no kernel memory for targets after the first time", () => {
  using scope = new Scope();
  using model = MODELS.dense.make();
  const batch = batchOf(MODELS.dense, scope);
  const once = (): void => model.linearize(squaredError(), batch).dispose();
  once();
  const { liveBytes, peakBytes } = memoryUsage();
  for (let i = 0; i < 10; i++) once();
  equal([memoryUsage().liveBytes, memoryUsage().peakBytes], [liveBytes, peakBytes]);
});
