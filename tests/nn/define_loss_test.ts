import {
  adam,
  defineLoss,
  dense,
  fisher,
  gaussNewton,
  kfac,
  type Loss,
  type LossDefinition,
  NonFiniteError,
  randomKey,
  sequential,
  squaredError,
  tanh,
} from "../../mod.ts";
import { checkLoss } from "../../layers.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound, TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf } from "../_support/twins.ts";
import {
  add,
  constant,
  type HyperDual,
  inverseRoot,
  multiply,
  subtract,
  sum,
} from "../oracles/hyper_dual.ts";
import { denseStep, type SmallLoss, SmallNet, tanhStep } from "../oracles/small_net.ts";
import { ROUND } from "./_own.ts";

const roundTwin: SmallLoss = (z, y) =>
  sum(z.map((a, i): HyperDual => {
    const r = subtract(a, constant(y[i]));
    const square = add(constant(1), multiply(r, r));
    return subtract(multiply(square, inverseRoot(square)), constant(1));
  }));

/** ½‖z - y‖² as a user would write it. */
const OWN_SQUARES: LossDefinition = {
  name: "ownSquares",
  isConvex: true,
  value: (z, y) => {
    let total = 0;
    z.forEach((v, i) => total += (v - y[i]) * (v - y[i]) / 2);
    return total;
  },
  gradient: (z, y, g) => z.forEach((v, i) => g[i] = v - y[i]),
  hessianProduct: (_z, _y, u, out) => u.forEach((v, i) => out[i] = v),
};

const layers = () => [dense(4), tanh(), dense(3)];

test("a net under a loss of one's own has the derivatives of its hyper-dual twin", () => {
  for (const dtype of DTYPES) {
    for (const batchSize of [1, 5]) {
      using model = sequential({ input: [2], seed: 3, dtype }, layers());
      const x = randomRows(1, batchSize, 2), y = randomRows(2, batchSize, 3);
      using input = tensorOf(x, dtype);
      using target = tensorOf(y, dtype);
      using lin = model.linearize(defineLoss(ROUND), { input, target });
      const steps = [denseStep(0, 4), tanhStep, denseStep(12, 3)];
      const net = new SmallNet(steps, roundTwin, model.parameters.data, x, y);
      const bound = identityBound(dtype);
      near(lin.loss, net.loss, bound, "loss");
      using gradients = lin.perSampleGradients();
      allNear(gradients.data, net.sampleGradients.flat(), bound, "gradients");
      using v = randomVector(3, model.parameterCount, dtype);
      using curved = lin.hvp(v);
      allNear(curved.data, net.hessianProduct([...v.data]), 4 * bound, "H v");
      using operator = gaussNewton(lin);
      using matrix = operator.toDense();
      allNear(matrix.data, net.gaussNewton.flat(), bound, "Gauss-Newton");
    }
  }
});

test("½‖z - y‖² of one's own trains as squaredError() does, to the last bits of float64", () => {
  const run = (loss: Loss, make = () => adam({ learningRate: 0.05 })): number[] => {
    using model = sequential({ input: [2], seed: 3, dtype: "float64" }, layers());
    using input = tensorOf(randomRows(1, 6, 2), "float64");
    using target = tensorOf(randomRows(2, 6, 3), "float64");
    const optimizer = make();
    using state = optimizer.init(model);
    for (let i = 0; i < 20; i++) optimizer.step(state, { model, loss, batch: { input, target } });
    return [...model.parameters.data];
  };
  const bound = identityBound("float64");
  allNear(run(defineLoss(OWN_SQUARES)), run(squaredError()), bound, "adam");
  const empirical = () => kfac({ fisher: "empirical" });
  allNear(
    run(defineLoss(OWN_SQUARES), empirical),
    run(squaredError(), empirical),
    TRAJECTORY_BOUND,
  );
});

test("the checker finds it sound in both dtypes, and says what its name is", () => {
  for (const dtype of DTYPES) {
    for (const batchSize of [1, 4]) {
      const report = checkLoss(defineLoss(ROUND), { output: [3], dtype, batchSize });
      ok(report.isSound, dtype);
      equal(report.subject, 'loss "round"');
    }
  }
});

test("fisher() samples targets that a loss can draw, and refuses one that cannot", () => {
  const drawing = defineLoss({
    ...OWN_SQUARES,
    sample: (z, uniforms, y) => z.forEach((v, i) => y[i] = v + (uniforms[i] < 0.5 ? -1 : 1)),
  });
  using model = sequential({ input: [2], seed: 3, dtype: "float64" }, [dense(1)]);
  using input = tensorOf(randomRows(1, 6, 2), "float64");
  using target = tensorOf(randomRows(2, 6, 1), "float64");
  using lin = model.linearize(drawing, { input, target });
  using sampled = fisher(lin, { samples: 2, key: randomKey(1) });
  using again = fisher(lin, { samples: 2, key: randomKey(1) });
  using exact = gaussNewton(lin);
  using first = sampled.toDense();
  using second = again.toDense();
  using third = exact.toDense();
  equal([...first.data], [...second.data]);
  // residuals are ±1, so that every draw has the second moment of the exact one
  allNear(first.data, third.data, identityBound("float64"), "Fisher");
  using plain = model.linearize(defineLoss(OWN_SQUARES), { input, target });
  throws(() => fisher(plain), TypeError, /ownSquares: it has no sample\(\)/);
});

test("targets have the shape that the loss says", () => {
  const scalar = defineLoss({ ...OWN_SQUARES, targetShape: () => [] });
  using model = sequential({ input: [2] }, [dense(2)]);
  using input = tensorOf(randomRows(1, 6, 2), "float32");
  const linearize = () => model.linearize(scalar, { input, target: input });
  throws(linearize, TypeError, /targets must have shape \(6\), not \(6, 2\)/);
});

test("a NaN that a user's loss makes is named, and nothing is changed", () => {
  const spoilt: [Partial<LossDefinition>, RegExp][] = [
    [{ value: () => NaN }, /loss "round", value\(\) is not finite/],
    [{ gradient: (_z, _y, g) => void g.fill(NaN) }, /loss "round", gradient\(\) is not finite/],
  ];
  for (const [changed, pattern] of spoilt) {
    using model = sequential({ input: [2] }, layers());
    using input = tensorOf(randomRows(1, 6, 2), "float32");
    using target = tensorOf(randomRows(2, 6, 3), "float32");
    const optimizer = adam();
    using state = optimizer.init(model);
    const before = [...model.parameters.data];
    const loss = defineLoss({ ...ROUND, ...changed });
    const step = () => optimizer.step(state, { model, loss, batch: { input, target } });
    throws(step, NonFiniteError, pattern);
    equal([...model.parameters.data], before);
    equal(state.step, 0);
  }
  using model = sequential({ input: [2] }, layers());
  using input = tensorOf(randomRows(1, 6, 2), "float32");
  using target = tensorOf(randomRows(2, 6, 3), "float32");
  const loss = defineLoss({ ...ROUND, hessianProduct: (_z, _y, _u, out) => void out.fill(NaN) });
  using lin = model.linearize(loss, { input, target });
  using v = lin.gradient();
  throws(() => lin.hvp(v), NonFiniteError, /hessianProduct\(\) is not finite/);
});

test("defineLoss() refuses what is no definition", () => {
  const { gradient: _, ...half } = ROUND;
  throws(() => defineLoss(half as LossDefinition), TypeError, /must have the method gradient/);
  throws(() => defineLoss({ ...ROUND, isConvex: 1 as never }), TypeError, /isConvex/);
});
