// Fitting a model with `curveFit()`: what it finds, what it leaves, what it refuses.
import {
  curveFit,
  dense,
  identity,
  memoryUsage,
  type Model,
  type ModelFitOptions,
  NonFiniteError,
  residual,
  sequential,
  tanh,
  Tensor,
  tensor,
} from "../../mod.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { FIT_BOUND, identityBound, SINC_ERROR } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import { linearFit } from "../oracles/linear_fit.ts";

/** y = 2 x - 1 with deviations. */
const X = [[0], [1], [2], [3], [4]];
const Y = [[-1.1], [1.2], [2.9], [5.2], [6.8]];

function line(seed = 1): Model {
  return sequential({ input: [1], seed, dtype: "float64" }, [dense(1)]);
}

test("curveFit() of a linear model is linear regression, with its standard errors", () => {
  for (const dtype of DTYPES) {
    for (const samples of [7, 20]) {
      const x = randomRows(1, samples, 3), y = randomRows(2, samples, 2);
      for (const weights of [undefined, x.map((_, n) => n % 4)]) {
        const where = `${dtype}, ${samples} samples, ${weights ? "with" : "no"} weights`;
        using model = sequential({ input: [3], seed: 4, dtype }, [dense(2)]);
        using input = tensorOf(x, dtype);
        using target = tensorOf(y, dtype);
        const fit = curveFit(model, input, target, { ...(weights && { weights }) });
        const expected = linearFit(x, y, weights ?? x.map(() => 1));
        equal(fit.status, "converged", where);
        equal(fit.parameters, [...model.parameters.data], `${where}: the model's own`);
        allNear(fit.parameters, expected.parameters, FIT_BOUND[dtype], `${where}: parameters`);
        const covariance = expected.covariance.flat();
        allNear(fit.covariance.flat(), covariance, FIT_BOUND[dtype], `${where}: covariance`);
        const errors = expected.covariance.map((row, i) => Math.sqrt(row[i]));
        allNear(fit.standardErrors, errors, FIT_BOUND[dtype], `${where}: standard errors`);
        allNear(fit.residuals, expected.residuals, FIT_BOUND[dtype], `${where}: residuals`);
      }
    }
  }
});

test("curveFit() of a network finds what it finds of the same function", () => {
  const x = Array.from({ length: 40 }, (_, i) => -2 + i / 10);
  const noise = randomRows(3, x.length, 1).flat();
  const y = x.map((value, i) => Math.tanh(2 * value - 1) + 0.5 * value + noise[i] / 20);
  const curve = ([b, c, a, d]: readonly number[], x: number): number =>
    a * Math.tanh(b * x + c) + d;
  const weights = x.map((_, i) => 1 + i % 3);
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [
    dense(1),
    tanh(),
    dense(1),
  ]);
  const start = [1, 0, 1, 0];
  model.parameters.data.set(start);
  model.parametersChanged();
  using input = tensorOf(x.map((value) => [value]), "float64");
  using target = tensorOf(y.map((value) => [value]), "float64");
  const expected = curveFit(curve, x, y, { start, weights });
  for (const acceleration of [0, 0.75]) {
    model.parameters.data.set(start);
    model.parametersChanged();
    const fit = curveFit(model, input, target, { weights, acceleration });
    equal(fit.status, "converged");
    allNear(fit.parameters, expected.parameters, FIT_BOUND.float64, "parameters");
    allNear(fit.covariance.flat(), expected.covariance.flat(), FIT_BOUND.float64, "covariance");
    allNear(fit.residuals, expected.residuals, FIT_BOUND.float64, "residuals");
  }
});

test("curveFit() teaches a network sin(x) / x, and says that not all of its parameters are determined", () => {
  const x = Array.from({ length: 161 }, (_, i) => -8 + i / 10);
  const y = x.map((value) => Math.abs(value) < 1e-9 ? 1 : Math.sin(value) / value);
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [
    dense(30),
    tanh(),
    dense(1),
  ]);
  using input = tensorOf(x.map((value) => [value]), "float64");
  using target = tensorOf(y.map((value) => [value]), "float64");
  const fit = curveFit(model, input, target, { acceleration: 0.75, maxIterations: 300 });
  const squares = fit.residuals.reduce((sum, r) => sum + r * r, 0);
  ok(squares / x.length <= SINC_ERROR, `mean squared error ${squares / x.length}`);
  using predicted = model.predict(input);
  const left = y.map((value, i) => value - predicted.data[i]);
  allNear(fit.residuals, left, identityBound("float64"), "residuals");
});

test("curveFit() of a model gives infinite errors where the data do not determine the parameters", () => {
  const dtype = "float64";
  using input = tensor(X, { dtype });
  using target = tensor(Y, { dtype });
  using twins = sequential({ input: [1], seed: 1, dtype }, [dense(1), dense(1)]);
  const fit = curveFit(twins, input, target);
  equal(fit.status, "converged");
  ok(fit.standardErrors.every((error) => error === Infinity), "two layers in the place of one");
  using wide = sequential({ input: [1], seed: 1, dtype }, [dense(3), tanh(), dense(1)]);
  ok(curveFit(wide, input, target).standardErrors.every((error) => error === Infinity), "wide");
  const expected = linearFit(X, Y, X.map(() => 1));
  allNear(fit.residuals, expected.residuals, FIT_BOUND.float64, "the same line");
});

test("curveFit() of a model never ends higher than it began, and counts its steps", () => {
  const dtype = "float64";
  using input = tensor(X, { dtype });
  using target = tensor(X.map(([x]) => [Math.sin(2 * x)]), { dtype });
  let last = Infinity;
  for (let maxIterations = 0; maxIterations < 8; maxIterations++) {
    using model = sequential({ input: [1], seed: 2, dtype }, [
      dense(4),
      residual([dense(4), tanh()]),
      dense(1),
    ]);
    const before = [...model.parameters.data];
    const fit = curveFit(model, input, target, { maxIterations });
    equal([fit.status, fit.iterations], ["max-iterations", maxIterations]);
    const squares = fit.residuals.reduce((sum, r) => sum + r * r, 0);
    ok(squares < last, `${maxIterations} steps: ${squares}`);
    last = squares;
    if (maxIterations === 0) equal(fit.parameters, before);
  }
});

test("curveFit() of a model stops by a step as short as the tolerance", () => {
  using input = tensor(X, { dtype: "float64" });
  using target = tensor(X.map(([x]) => [Math.sin(2 * x)]), { dtype: "float64" });
  const [loose, tight] = [0.1, 1e-9].map((tolerance) => {
    using model = sequential({ input: [1], seed: 2, dtype: "float64" }, [
      dense(2),
      tanh(),
      dense(1),
    ]);
    return curveFit(model, input, target, { tolerance });
  });
  equal(loose.status, "converged");
  ok(loose.iterations < tight.iterations, `${loose.iterations} and ${tight.iterations}`);
});

test("curveFit() refuses what suits no model before it changes anything", () => {
  using model = line();
  using input = tensor(X, { dtype: "float64" });
  using target = tensor(Y, { dtype: "float64" });
  using holed = tensor([...Y.slice(1), [NaN]], { dtype: "float64" });
  using single = tensor(Y);
  using flat = tensor(Y.flat(), { dtype: "float64" });
  const before = [...model.parameters.data];
  const fit = (options: object) => () => curveFit(model, input, target, options as ModelFitOptions);
  throws(fit({ start: [1, 2] }), TypeError, /start is for functions/);
  throws(fit({ jacobian: () => [1] }), TypeError, /jacobian is for functions/);
  throws(fit({ rule: "nielsen" }), TypeError, /no option "rule"/);
  throws(fit({ weights: [1, 2] }), TypeError, /weights has 2 elements, x 5/);
  throws(fit({ weights: [1, 1, 1, -1, 1] }), RangeError, /weights\[3\]/);
  throws(fit({ tolerance: 1 }), RangeError, /tolerance/);
  throws(fit({ maxIterations: -1 }), RangeError, /maxIterations/);
  throws(() => curveFit(model, input, holed), NonFiniteError, /target element 4/);
  throws(() => curveFit(model, input, single), TypeError, /float32/);
  throws(() => curveFit(model, input, flat), TypeError, /targets \(5\)/);
  throws(() => curveFit(model, X as never, target), TypeError, /x must be a tensor/);
  using empty = sequential({ input: [1], dtype: "float64" }, [identity()]);
  throws(() => curveFit(empty, input, target), RangeError, /no parameters/);
  equal([...model.parameters.data], before);
});

test("curveFit() refuses more parameters than memory allows, and names the ways without a matrix", () => {
  using wide = sequential({ input: [150], seed: 1 }, [dense(150)]);
  using x = new Tensor("float32", [1, 150]);
  x.data.fill(1);
  const { liveBytes } = memoryUsage();
  throws(() => curveFit(wide, x, x), RangeError, /bytes.*cg\(\).*dual form/);
  equal(memoryUsage().liveBytes, liveBytes, "nothing was made");
  using model = sequential({ input: [1], seed: 1 }, [dense(4000)]);
  using many = new Tensor("float32", [20, 1]);
  using values = new Tensor("float32", [20, 4000]);
  many.data.fill(1);
  values.data.fill(1);
  throws(() => curveFit(model, many, values), RangeError, /Jacobian of 80000 values in 8000 param/);
});

test("curveFit() leaves a model as it was when its gradient is not finite", () => {
  using model = line();
  using input = tensor([[1e200], [2e200], [3e200]], { dtype: "float64" });
  using target = tensor([[1], [2], [3]], { dtype: "float64" });
  const before = [...model.parameters.data];
  throws(() => curveFit(model, input, target), NonFiniteError, /./);
  equal([...model.parameters.data], before);
});
