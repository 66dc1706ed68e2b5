import {
  conv2d,
  dense,
  eaCg,
  flatten,
  heavyBall,
  kBfgs,
  kfac,
  kfi,
  levenbergMarquardt,
  movingAverage,
  nesterov,
  sequential,
  sgd,
} from "../../mod.ts";
import type { FloatArray, Optimizer } from "../../mod.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { firstDifference } from "../_support/difference.ts";
import { test } from "../_support/harness.ts";
import { type Make, type Method, TABLE } from "./_method_table.ts";
import { methodsWhere } from "./_methods.ts";
import { twinProblem } from "./_problem.ts";

/** Values out of range, by option. */
const OUT_OF_RANGE: Readonly<Record<string, readonly unknown[]>> = {
  learningRate: [0, -1, NaN, Infinity],
  l2: [-1, NaN, Infinity],
  structuralDamping: [-1, NaN, Infinity],
  weightDecay: [-1, Infinity],
  beta1: [-0.1, 1, NaN],
  beta2: [1, 2],
  epsilon: [0, -1],
  damping: [0, -1, NaN],
  initialDamping: [0, -1, NaN],
  dampingDrop: [0, -1, NaN],
  decay: [1, -0.5],
  iterateDecay: [1, -0.5],
  memory: [0, 2.5, -3],
  maximumIncrease: [-1, NaN],
  alpha: [0, 1, 2, -0.5, NaN, Infinity],
  factorInterval: [0, 1.5],
  inverseInterval: [-1],
  rootInterval: [0, 1.5],
  warmupSteps: [-1],
  seed: [-1, 0.5, 2 ** 53],
  trials: [0, 1.5],
  tolerance: [-1, NaN],
  gradientTolerance: [-1, NaN],
  "lsmr.solverTolerance": [0, 1, NaN],
  "lsmr.maxIterations": [0, 1.5],
  "momentum.decay": [1, -0.5],
  solverTolerance: [-1, NaN],
  maxIterations: [0, 1.5],
  curvatureChunks: [0, 1.5],
  lineSearchChunks: [0, 1.5],
  sufficientDecrease: [0, 1, NaN],
  curvature: [0, 1, NaN],
  maxEvaluations: [0, 1.5],
  acceleration: [-1, NaN],
  patience: [-1, 0.5, Infinity],
  refreshInterval: [0, 1.5],
  threshold: [0, 2.5],
};

/** An option that is a number: its path, the value that it has if none is given, and options that give it another. */
interface NumberOption {
  readonly path: string;
  readonly value: unknown;
  with(value: unknown): Readonly<Record<string, unknown>>;
}

/** The options of a method that are numbers, those within groups of options too. */
function numbersOf({ make, everyOption }: Method): NumberOption[] {
  return Object.entries(make().options).flatMap(([option, value]): NumberOption[] => {
    if (typeof (everyOption[option] ?? value) === "number") {
      return [{ path: option, value, with: (other) => ({ [option]: other }) }];
    }
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).filter(([, inner]) => typeof inner === "number").map((
      [name, inner],
    ) => ({
      path: `${option}.${name}`,
      value: inner,
      with: (other) => ({ [option]: { ...value, [name]: other } }),
    }));
  });
}

for (const [name, method] of Object.entries(TABLE)) {
  const { make, fixed = [] } = method;

  test(`${name}() refuses options out of range or of the wrong type, and names them`, () => {
    for (const option of numbersOf(method)) {
      const { path } = option;
      ok(path in OUT_OF_RANGE, `no value of ${path} is known to be out of range`);
      for (const value of OUT_OF_RANGE[path]) {
        throws(() => make(option.with(value)), RangeError, /./);
      }
      for (const value of ["1", {}, ...(fixed.includes(path) ? [() => 0.5] : [])]) {
        throws(() => make(option.with(value)), TypeError, new RegExp(path.split(".").join(".*")));
      }
    }
  });

  test(`every option of ${name}() that may be a number may be a function of the step, with the same bits`, () => {
    const plain = numbersOf(method).filter(({ path }) => !fixed.includes(path));
    const constant = parametersAfter(make());
    for (const option of plain) {
      const scheduled = parametersAfter(make(option.with(() => option.value)));
      equal(scheduled, constant, `the parameters with ${option.path} as a function`);
    }
  });
}

test("optimizers with momentum refuse what is no momentum", () => {
  for (const make of methodsWhere(({ make }) => "momentum" in make().options)) {
    throws(() => make({ momentum: "0.9" }), TypeError, /heavyBall\(0\.9\)/);
    throws(() => make({ momentum: heavyBall }), TypeError, /heavyBall\(0\.9\)/);
    for (const decay of [1, -0.5, NaN]) {
      throws(
        () => make({ momentum: decay }),
        RangeError,
        /momentum must be at least 0 and below 1/,
      );
    }
    throws(() => make({ momentum: { kind: "average", decay: "1" } }), TypeError, /decay/);
    throws(() => make({ momentum: { kind: "average", decay: 1 } }), RangeError, /decay/);
  }
  for (const make of [heavyBall, nesterov, movingAverage]) {
    throws(() => make(1), RangeError, /decay/);
    throws(() => make("1" as never), TypeError, /decay/);
  }
});

test("a momentum that is a number is a heavy ball, for every method with momentum", () => {
  for (const make of methodsWhere(({ make }) => "momentum" in make().options)) {
    const [number, ball] = [make({ momentum: 0.75 }), make({ momentum: heavyBall(0.75) })];
    equal(number.options, ball.options, number.name);
    equal(parametersAfter(number), parametersAfter(ball), number.name);
    ok(Object.isFrozen(number.options), `${number.name}: not frozen`);
  }
});

test("kBfgs() and kfac() refuse names that they do not know", () => {
  for (const mode of ["2021", "toString", ""]) {
    throws(() => kBfgs({ mode: mode as never }), TypeError, /"2020" or "improved"/);
  }
  throws(() => kfac({ split: "half" as never }), TypeError, /pi, plain/);
  throws(() => kfac({ fisher: "true" as never }), TypeError, /sampled, empirical, exact/);
});

test("kBfgs() in mode 2020 refuses a damping that turns double damping around", () => {
  throws(() => kBfgs({ mode: "2020", damping: 1 }), RangeError, /below 1/);
  ok(kBfgs({ damping: 3 }), "the shift takes any damping");
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  const optimizer = kBfgs({ mode: "2020", damping: (step) => 0.5 + step });
  using state = optimizer.init(model);
  optimizer.step(state, { model, loss, batch });
  throws(() => optimizer.step(state, { model, loss, batch }), RangeError, /below 1/);
});

test("levenbergMarquardt() refuses a tolerance of its solver that it cannot reach, or that any vector has", () => {
  for (const solverTolerance of [0, 1]) {
    throws(() => levenbergMarquardt({ lsmr: { solverTolerance } }), RangeError, /solverTolerance/);
  }
});

test("schedules are checked in the step that uses them, before anything changes", () => {
  for (const { make } of Object.values(TABLE)) {
    using problem = twinProblem();
    const { model, loss, batches: [{ batch }] } = problem;
    const optimizer = make({ l2: (step: number) => step === 1 ? NaN : 0.01 });
    using state = optimizer.init(model);
    optimizer.step(state, { model, loss, batch });
    const before = model.parameters.data.slice();
    throws(() => optimizer.step(state, { model, loss, batch }), RangeError, /l2/);
    equal(state.step, 1, "the step");
    equal(model.parameters.data, before, "the parameters");
  }
});

test("the decay of a momentum may be a function of the step", () => {
  const scheduled = parametersAfter(sgd({ momentum: heavyBall((step) => step / 10) }));
  const still = parametersAfter(sgd({ momentum: heavyBall(0) }));
  ok(firstDifference(scheduled, still), "the decay never moved");
});

/** The parameters after three steps on one batch. */
function parametersAfter(optimizer: Optimizer): FloatArray {
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  using state = optimizer.init(model);
  for (let i = 0; i < 3; i++) optimizer.step(state, { model, loss, batch });
  return model.parameters.data.slice();
}

test("optimizers are frozen descriptions with their defaults filled in", () => {
  for (const { make } of Object.values(TABLE)) {
    const optimizer = make({});
    ok(Object.isFrozen(optimizer) && Object.isFrozen(optimizer.options), "not frozen");
    ok(typeof optimizer.options.l2 === "number", "no default");
  }
});

test("a step refuses the state of another model", () => {
  for (const { make } of Object.values(TABLE)) {
    using problem = twinProblem();
    using other = twinProblem({ seed: 2 });
    const optimizer = make({});
    using state = optimizer.init(other.model);
    const { model, loss, batches: [{ batch }] } = problem;
    throws(() => optimizer.step(state, { model, loss, batch }), TypeError, /another model/);
  }
});

test("eaCg() and kfi() refuse names that they do not know", () => {
  for (const make of [eaCg, kfi] as Make[]) {
    throws(() => make({ projection: "none" }), TypeError, /"zero" or "clip" or "abs"/);
    throws(() => make({ expectation: "max" }), TypeError, /expectation/);
    throws(() => make({ bias: false }), TypeError, /bias/);
  }
  throws(() => eaCg({ form: "dense" as "full" }), TypeError, /form/);
  throws(() => eaCg({ adaptation: "always" as "none" }), TypeError, /adaptation/);
  throws(() => kfi({ form: "full" } as object), TypeError, /no option "form"/);
});

test("methods that take dense sites alone refuse others when they start, by name", () => {
  using model = sequential({ input: [4, 4, 1] }, [conv2d(2, { kernel: 2 }), flatten(), dense(2)]);
  for (const make of methodsWhere(({ sites }) => sites === "dense")) {
    const pattern = /site "conv2d_1" is applied at several positions; supported are dense sites/;
    throws(() => make().init(model), TypeError, pattern);
  }
});
