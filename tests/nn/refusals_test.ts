// Misuse is named before anything happens: parameters and memory in use stay what they were.
import {
  type Batch,
  dense,
  DisposedError,
  flatten,
  type Loss,
  memoryUsage,
  type Model,
  NonFiniteError,
  relu,
  reshape,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

type ErrorClass = Parameters<typeof throws>[1];

interface Misuse {
  readonly input?: () => unknown;
  readonly target?: () => unknown;
  readonly loss?: Loss;
  readonly kind: ErrorClass;
  readonly pattern: RegExp;
}

const good = (): Tensor => tensor([[0, 1, 2], [3, 4, 5]]);
const goodTarget = (): Tensor => tensor([[0, 1], [2, 3]]);
const disposed = (t: Tensor): Tensor => {
  t.dispose();
  return t;
};

const MISUSES: Readonly<Record<string, Misuse>> = {
  "no input": { input: () => undefined, kind: TypeError, pattern: /input must be a tensor/ },
  "an array": { input: () => [[1, 2, 3]], kind: TypeError, pattern: /input must be a tensor/ },
  "too narrow": { input: () => zeros([2, 2]), kind: TypeError, pattern: /\(2, 2\).*\(B, 3\)/ },
  "one sample without its axis": { input: () => zeros([3]), kind: TypeError, pattern: /\(B, 3\)/ },
  "an axis too many": { input: () => zeros([2, 3, 1]), kind: TypeError, pattern: /\(B, 3\)/ },
  "no samples": { input: () => zeros([0, 3]), kind: TypeError, pattern: /\(0, 3\)/ },
  "the other dtype": {
    input: () => zeros([2, 3], { dtype: "float64" }),
    kind: TypeError,
    pattern: /input is float64, the model float32/,
  },
  "a disposed input": { input: () => disposed(good()), kind: DisposedError, pattern: /disposed/ },
  "NaN": {
    input: () => tensor([[0, 1, 2], [3, NaN, 5]]),
    kind: NonFiniteError,
    pattern: /input element 4/,
  },
  "infinity": {
    input: () => tensor([[0, 1, -Infinity], [3, 4, 5]]),
    kind: NonFiniteError,
    pattern: /input element 2/,
  },
  "no target": { target: () => undefined, kind: TypeError, pattern: /target must be a tensor/ },
  "a target of another shape": {
    target: () => zeros([2, 3]),
    kind: TypeError,
    pattern: /outputs have shape \(2, 2\), targets \(2, 3\)/,
  },
  "a target of too few samples": {
    target: () => zeros([1, 2]),
    kind: TypeError,
    pattern: /\(1, 2\)/,
  },
  "a target of the other dtype": {
    target: () => zeros([2, 2], { dtype: "float64" }),
    kind: TypeError,
    pattern: /the target is float64/,
  },
  "a disposed target": {
    target: () => disposed(goodTarget()),
    kind: DisposedError,
    pattern: /disposed/,
  },
  "NaN in the target": {
    target: () => tensor([[0, 1], [NaN, 3]]),
    kind: NonFiniteError,
    pattern: /target element 2/,
  },
  "a class that does not exist": {
    target: () => tensor([0, 2]),
    loss: softmaxCrossEntropy(),
    kind: RangeError,
    pattern: /class of sample 1 is 2, not one of 0 to 1/,
  },
  "no loss": { loss: null as never, kind: TypeError, pattern: /loss/ },
};

function small(): Model {
  return sequential({ input: [3], seed: 1 }, [dense(4), relu(), dense(2)]);
}

/** What must not change: every bit of the parameters, and the memory in use. */
function state(model: Model): unknown {
  const { liveBytes, liveBlocks } = memoryUsage();
  return [[...model.parameters.data].map(String), liveBytes, liveBlocks];
}

for (const [name, misuse] of Object.entries(MISUSES)) {
  test(`linearize() refuses ${name} and changes nothing`, () => {
    using model = small();
    const { input = good, target = goodTarget, kind, pattern } = misuse;
    const loss = "loss" in misuse ? misuse.loss as Loss : squaredError();
    const batch = { input: input(), target: target() } as Batch;
    const before = state(model);
    throws(() => model.linearize(loss, batch), kind, pattern);
    equal(state(model), before, "state");
    for (const t of [batch.input, batch.target]) t?.dispose?.();
  });
}

test("linearize() refuses a batch that is none", () => {
  using model = small();
  throws(() => model.linearize(squaredError(), undefined as never), TypeError, /batch/);
  throws(() => model.linearize(squaredError(), {} as never), TypeError, /input must be a tensor/);
});

test("predict() refuses what linearize() refuses of inputs", () => {
  using model = small();
  const before = state(model);
  for (const { input, kind, pattern } of Object.values(MISUSES)) {
    if (!input) continue;
    const given = input() as Tensor;
    throws(() => model.predict(given), kind, pattern);
    given?.dispose?.();
  }
  equal(state(model), before);
});

test("a parameter that is not finite is named by its site", () => {
  for (const value of [NaN, Infinity]) {
    using model = small();
    using input = good();
    using target = goodTarget();
    model.parameters.data[model.sites[1].offset + 1] = value;
    model.parametersChanged();
    const before = state(model);
    const attempt = (): unknown => model.linearize(squaredError(), { input, target });
    throws(attempt, NonFiniteError, /site "dense_2", parameters/);
    const planned = memoryUsage().liveBytes;
    throws(attempt, NonFiniteError, /site "dense_2", parameters/);
    equal(memoryUsage().liveBytes, planned);
    equal((state(model) as unknown[])[0], (before as unknown[])[0], "parameters");
  }
});

test("outputs that overflow are named by their site", () => {
  using model = small();
  using input = good();
  using target = goodTarget();
  model.parameters.data.fill(3e38);
  model.parametersChanged();
  const attempt = (): unknown => model.linearize(squaredError(), { input, target });
  throws(attempt, NonFiniteError, /site "dense_1", outputs/);
});

test("a linearization refuses to be used after the parameters changed", () => {
  using model = small();
  using input = good();
  using target = goodTarget();
  using lin = model.linearize(squaredError(), { input, target });
  using v = zeros([model.parameterCount]);
  model.parametersChanged();
  for (
    const use of [
      () => lin.gradient(),
      () => lin.jvp(v),
      () => lin.vjp(target),
      () => lin.hvp(v),
      () => lin.sites,
      () => lin.output,
      () => lin.siteCotangents(target),
    ]
  ) throws(use, TypeError, /parameters changed/);
  ok(Number.isFinite(lin.loss), "the loss stays known");
});

test("a linearization refuses to be used after it was disposed", () => {
  using model = small();
  using input = good();
  using target = goodTarget();
  const lin = model.linearize(squaredError(), { input, target });
  lin.dispose();
  lin.dispose();
  throws(() => lin.gradient(), DisposedError, /linearization/);
  throws(() => lin.sites, DisposedError, /linearization/);
});

test("vectors of another size, dtype or shape are refused, out too", () => {
  using model = small();
  using input = good();
  using target = goodTarget();
  using lin = model.linearize(squaredError(), { input, target });
  const { parameterCount: p } = model;
  using short = zeros([p - 1]);
  using precise = zeros([p], { dtype: "float64" });
  using v = zeros([p]);
  using wide = zeros([2, 3]);
  const before = state(model);
  for (const wrong of [short, precise]) {
    throws(() => lin.jvp(wrong), TypeError, /vector|parameters/);
    throws(() => lin.hvp(wrong), TypeError, /vector|parameters/);
    throws(() => lin.gradient(wrong), TypeError, /out must have shape/);
    throws(() => lin.vjp(target, wrong), TypeError, /out must have shape/);
    throws(() => lin.hvp(v, wrong), TypeError, /out must have shape/);
  }
  throws(() => lin.vjp(wide), TypeError, /outputs have shape \(2, 2\)/);
  throws(() => lin.jvp(v, wide), TypeError, /out must have shape/);
  equal((state(model) as unknown[])[0], (before as unknown[])[0], "parameters");
});

test("a disposed model refuses everything, and gives all its memory back", () => {
  const before = memoryUsage().liveBytes;
  const model = small();
  {
    using input = good();
    using target = goodTarget();
    using lin = model.linearize(squaredError(), { input, target });
    lin.gradient().dispose();
    model.predict(input).dispose();
    lin.dispose();
    model.dispose();
    model.dispose();
    throws(() => model.predict(input), DisposedError, /model/);
    throws(() => model.linearize(squaredError(), { input, target }), DisposedError, /model/);
  }
  equal(memoryUsage().liveBytes, before, "live bytes");
});

test("a linearization that outlives its model gives its buffers back when it is disposed", () => {
  const before = memoryUsage().liveBytes;
  const model = small();
  using input = good();
  using target = goodTarget();
  const lin = model.linearize(squaredError(), { input, target });
  model.dispose();
  throws(() => lin.gradient(), TypeError, /disposed/);
  lin.dispose();
  input.dispose();
  target.dispose();
  equal(memoryUsage().liveBytes, before);
});

test("sequential() refuses layers that do not suit each other, and leaks nothing", () => {
  const before = memoryUsage().liveBytes;
  const images = { input: [4, 4, 1] };
  throws(() => sequential(images, [dense(3)]), TypeError, /\(4, 4, 1\).*flatten\(\)/);
  throws(() => sequential(images, [reshape([5, 3])]), TypeError, /\(4, 4, 1\) to \(5, 3\)/);
  throws(() => sequential(images, [flatten(), dense(0)]), RangeError, /units/);
  throws(() => dense("3" as never), TypeError, /units/);
  throws(() => sequential({ input: [3], dtype: "float16" as never }, []), TypeError, /dtype/);
  throws(() => sequential({ input: [3], seed: -1 }, [dense(1)]), RangeError, /seed/);
  throws(() => sequential({ input: [3], seed: 0.5 }, [dense(1)]), RangeError, /seed/);
  throws(() => sequential({ input: [-3] }, [dense(1)]), RangeError, /sizes/);
  throws(() => sequential({ input: [3] }, relu() as never), TypeError, /array/);
  throws(() => sequential({ input: [3] }, [relu, dense(1)] as never), TypeError, /layer/);
  const failing = (): never => {
    throw new RangeError("Cannot initialize: no");
  };
  throws(
    () => sequential(images, [flatten(), dense(2, { initializer: failing })]),
    RangeError,
    /no/,
  );
  equal(memoryUsage().liveBytes, before, "live bytes");
});
