// EA-CG on a deep network of sigmoid units, where first-order training sits on a plateau: the curvature that it
// uses, a solve of one of its systems, and its steps beside those of its rival KFI and of SGD.
import {
  dense,
  digest,
  eaCg,
  heavyBall,
  kfi,
  kroneckerCg,
  type Model,
  normal,
  type Optimizer,
  positiveCurvatureHessian,
  randomKey,
  Scope,
  sequential,
  sgd,
  sigmoid,
  softmaxCrossEntropy,
  tensor,
} from "curvature";
import { glorotNormal, STREAMS } from "curvature/layers";

// Two classes: whether the product of two coordinates is positive.
const SIZE = 256;
using input = normal(randomKey(7, STREAMS.data), [SIZE, 2]);
const { data } = input;
using target = tensor(
  Array.from({ length: SIZE }, (_, i) => data[2 * i] * data[2 * i + 1] > 0 ? 1 : 0),
);
const loss = softmaxCrossEntropy();
const batch = { input, target };

function network(): Model {
  const initializer = glorotNormal();
  const hidden = [16, 16, 16].flatMap((units) => [dense(units, { initializer }), sigmoid()]);
  return sequential({ input: [2], seed: 7 }, [...hidden, dense(2, { initializer })]);
}

// The Hessian by blocks of sites, with negative curvature turned, clipped or dropped.
using scope = new Scope();
const start = scope.own(network());
{
  using lin = start.linearize(loss, batch);
  for (const projection of ["zero", "clip", "abs"] as const) {
    using curvature = positiveCurvatureHessian(lin, { projection, bias: "joint" });
    const [hessian] = curvature.hessians;
    const trace = Array.from({ length: 16 }, (_, i) => hessian.data[17 * i]).reduce((a, b) =>
      a + b
    );
    console.log(`${projection}: trace of the first site's Hessian ${trace.toExponential(3)}`);
  }

  // One system of a step: ((1 - α) C + α I) x = gradient, in three forms.
  using curvature = positiveCurvatureHessian(lin, { bias: "joint" });
  using gradient = lin.gradient();
  const { offset, weight } = start.sites[1];
  const right = gradient.view(weight.shape, offset);
  for (const form of ["full", "compressed", "direct"] as const) {
    using solution = kroneckerCg(curvature.blocks[1], right, { alpha: 0.02, form });
    const { status, iterations, residualNorm } = solution;
    console.log(
      `${form}: ${status} after ${iterations}, residual ${residualNorm.toExponential(2)}`,
    );
  }
}

function train(optimizer: Optimizer, steps: number): Model {
  const model = scope.own(network());
  using state = optimizer.init(model);
  const losses: string[] = [];
  for (let step = 0; step <= steps; step++) {
    const report = optimizer.step(state, { model, loss, batch });
    if (step % (steps / 4) === 0) losses.push(report.loss.toFixed(4));
  }
  const { learningRate, projection = "" } = optimizer.options;
  console.log(`${optimizer.name} ${projection} ${learningRate}: ${losses.join("  ")}`);
  return model;
}

for (const learningRate of [0.1, 1]) train(sgd({ learningRate, momentum: heavyBall() }), 400);
train(kfi(), 400);
train(eaCg(), 400);
const model = train(eaCg({ projection: "clip" }), 400);
console.log(`parameters: ${await digest(model.parameters)}`);
