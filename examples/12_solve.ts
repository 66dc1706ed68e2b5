// (G + λ I) x = g: the damped Gauss-Newton step of a network, by several ways that agree.
import {
  cg,
  dense,
  digest,
  gaussNewton,
  lsmr,
  martens,
  minres,
  normal,
  randomKey,
  sequential,
  squaredError,
  tanh,
  type Tensor,
} from "curvature";
import { direct } from "curvature/solvers";
import { STREAMS } from "curvature/layers";

const [SAMPLES, DAMPING] = [200, 0.1];
using model = sequential({ input: [6], seed: 4, dtype: "float64" }, [
  dense(16),
  tanh(),
  dense(8),
  tanh(),
  dense(2),
]);
const random = (index: number, shape: number[]): Tensor =>
  normal(randomKey(9, STREAMS.data, index), shape, { dtype: "float64" });
using input = random(0, [SAMPLES, 6]);
using target = random(10_000, [SAMPLES, 2]);
using lin = model.linearize(squaredError(), { input, target });
using g = lin.gradient();
using curvature = gaussNewton(lin);
const damped = curvature.add(DAMPING);

// All that a solver needs are products, and what the operator declares of itself. Martens' rule stops as soon as the
// quadratic model hardly falls any more, which for training is enough.
const tolerance = 1e-10;
const solutions = {
  "cg": cg(damped, g, { tolerance }),
  "cg, Martens' rule": cg(damped, g, { tolerance, stop: martens() }),
  "minres": minres(damped, g, { tolerance }),
  "lsmr": lsmr(damped, g, { tolerance }),
  "direct": direct(damped, g, { tolerance }),
};
console.log(`${model.parameterCount} unknowns, |g| = ${Math.hypot(...g.data).toFixed(4)}`);
for (const [name, { status, iterations, residualNorm, x }] of Object.entries(solutions)) {
  const error = Math.hypot(...x.data.map((value, i) => value - solutions.direct.x.data[i]));
  console.log(
    `${name.padEnd(20)}${status}, ${iterations} iterations, residual ${
      residualNorm.toExponential(1)
    }, ` +
      `${error.toExponential(1)} from direct()`,
  );
}

// The step lowers the loss by about what its quadratic model promises.
const { x } = solutions.direct;
let promised = 0;
using curved = curvature.apply(x);
x.data.forEach((value, i) => promised += value * (g.data[i] - curved.data[i] / 2));
const before = lin.loss;
model.parameters.data.forEach((value, i, data) => data[i] = value - x.data[i]);
model.parametersChanged();
using after = model.linearize(squaredError(), { input, target });
console.log(`loss ${before.toFixed(4)}, after the step ${after.loss.toFixed(4)}`);
console.log(`promised ${promised.toFixed(4)}, achieved ${(before - after.loss).toFixed(4)}`);

console.log(`solution: ${await digest(x)}`);
for (const { dispose } of Object.values(solutions)) dispose();
