import {
  adam,
  adamw,
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
  shampoo,
} from "../../mod.ts";
import type { FloatArray, Optimizer } from "../../mod.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { firstDifference } from "../_support/difference.ts";
import { test } from "../_support/harness.ts";
import { twinProblem } from "./_problem.ts";

type Make = (options: Record<string, unknown>) => Optimizer;

const MAKERS: Readonly<Record<string, Make>> = {
  sgd,
  adam,
  adamw,
  kBfgs,
  kfac,
  shampoo,
  eaCg,
  kfi,
  levenbergMarquardt,
};

const COMMON = { learningRate: [0, -1, NaN, Infinity], l2: [-1, NaN], weightDecay: [-1, Infinity] };
const MOMENTS = { beta1: [-0.1, 1, NaN], beta2: [1, 2], epsilon: [0, -1] };

/** Values out of range, by optimizer and option. */
const OUT_OF_RANGE: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  sgd: COMMON,
  adam: { ...COMMON, ...MOMENTS },
  adamw: { ...COMMON, ...MOMENTS },
  kBfgs: { ...COMMON, damping: [0, -1], decay: [1, -0.5], memory: [0, 2.5, -3] },
  eaCg: { ...COMMON, alpha: [0, 1, -0.5, NaN], tolerance: [-1, NaN], maxIterations: [0, 1.5] },
  kfi: { ...COMMON, alpha: [0, 1, 2, Infinity] },
  kfac: {
    ...COMMON,
    damping: [0, NaN],
    decay: [1],
    factorInterval: [0, 1.5],
    inverseInterval: [-1],
    warmupSteps: [-1],
    seed: [-1, 0.5, 2 ** 53],
  },
  shampoo: { ...COMMON, epsilon: [0, -1], rootInterval: [0, 1.5], warmupSteps: [-1] },
  levenbergMarquardt: {
    damping: [0, -1, NaN],
    trials: [0, 1.5],
    l2: [-1, Infinity],
    tolerance: [-1, NaN],
    gradientTolerance: [-1, NaN],
    solverTolerance: [0, 1, NaN],
    maxIterations: [0, 1.5],
    acceleration: [-1, NaN],
    patience: [-1, 0.5, Infinity],
  },
};

/** Options that take a number and no function of the step. */
const FIXED = new Set([
  "memory",
  "seed",
  "shampoo epsilon",
  "levenbergMarquardt damping",
  "levenbergMarquardt patience",
]);

function isFixed(name: string, option: string): boolean {
  return FIXED.has(option) || FIXED.has(`${name} ${option}`);
}

for (const [name, options] of Object.entries(OUT_OF_RANGE)) {
  test(`${name}() refuses options out of range or of the wrong type, and names them`, () => {
    for (const [option, values] of Object.entries(options)) {
      for (const value of values) {
        throws(() => MAKERS[name]({ [option]: value }), RangeError, /./);
      }
      for (const value of ["1", {}, ...(isFixed(name, option) ? [() => 0.5] : [])]) {
        throws(() => MAKERS[name]({ [option]: value }), TypeError, new RegExp(option));
      }
    }
  });
}

test("optimizers with momentum refuse what is no momentum", () => {
  for (const make of [sgd, kBfgs, kfac, shampoo, eaCg, kfi] as Make[]) {
    throws(() => make({ momentum: 0.9 }), TypeError, /heavyBall\(0\.9\)/);
    throws(() => make({ momentum: { kind: "average", decay: "1" } }), TypeError, /decay/);
    throws(() => make({ momentum: { kind: "average", decay: 1 } }), RangeError, /decay/);
  }
  for (const make of [heavyBall, nesterov, movingAverage]) {
    throws(() => make(1), RangeError, /decay/);
    throws(() => make("1" as never), TypeError, /decay/);
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

test("schedules are checked in the step that uses them, before anything changes", () => {
  for (const make of Object.values(MAKERS)) {
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

test("every option that may be a number may be a function of the step, with the same bits", () => {
  for (const [name, options] of Object.entries(OUT_OF_RANGE)) {
    const plain = MAKERS[name]({}).options as Record<string, unknown>;
    for (const option of Object.keys(options).filter((option) => !isFixed(name, option))) {
      const constant = parametersAfter(MAKERS[name]({}));
      const scheduled = parametersAfter(MAKERS[name]({ [option]: () => plain[option] }));
      equal(scheduled, constant, `${name}: the parameters with ${option} as a function`);
    }
  }
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
  for (const make of Object.values(MAKERS)) {
    const optimizer = make({});
    ok(Object.isFrozen(optimizer) && Object.isFrozen(optimizer.options), "not frozen");
    ok(typeof optimizer.options.l2 === "number", "no default");
  }
});

test("a step refuses the state of another model", () => {
  for (const make of Object.values(MAKERS)) {
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

test("eaCg() and kfi() refuse sites that are not dense when they start, by name", () => {
  using model = sequential({ input: [4, 4, 1] }, [conv2d(2, { kernel: 2 }), flatten(), dense(2)]);
  for (const optimizer of [eaCg(), kfi()]) {
    const pattern = /site "conv2d_1" is applied at several positions; supported are dense sites/;
    throws(() => optimizer.init(model), TypeError, pattern);
  }
});
