// A training loop of one's own: a learning rate that falls, a look into every step, state that goes on.
import {
  accuracy,
  dense,
  digest,
  evaluate,
  kBfgs,
  normal,
  randomKey,
  sequential,
  softmaxCrossEntropy,
  tanh,
  tensor,
  zeros,
} from "curvature";
import { Batches, datasetFromTensors } from "curvature/data";
import { STREAMS } from "curvature/layers";

// Points around the origin; whether one is far from it is what the network shall learn.
const SIZE = 400;
using positions = normal(randomKey(5, STREAMS.data), [SIZE, 2]);
const isOuter = (i: number): boolean => {
  const [x, y] = positions.data.subarray(2 * i, 2 * i + 2);
  return x * x + y * y > 1.4;
};
using labels = tensor(Array.from({ length: SIZE }, (_, i) => Number(isOuter(i))));
const points = datasetFromTensors({ input: positions, target: labels });

using model = sequential({ input: [2], seed: 5 }, [dense(16), tanh(), dense(2)]);
const loss = softmaxCrossEntropy();
const optimizer = kBfgs({ learningRate: (step) => 0.5 / (1 + step / 100), damping: 0.1 });
using state = optimizer.init(model);

const batchSize = 100;
const batches = new Batches(SIZE, { batchSize, seed: 5 });
using input = zeros([batchSize, 2]);
using target = zeros([batchSize]);
for (let step = 0; step < 120; step++) {
  points.fill(batches.next(), input, target);
  const report = optimizer.step(state, { model, loss, batch: { input, target } });
  if (step % 30 === 0) {
    console.log(
      `step ${step}: loss ${report.loss.toFixed(4)}, gradient ${report.gradientNorm.toFixed(4)}, ` +
        `step ${report.stepNorm.toFixed(4)}, skipped ${report.skippedUpdates} updates`,
    );
  }
}

const figures = evaluate(model, loss, points, { metrics: [accuracy()] });
console.log(`accuracy ${figures.accuracy.toFixed(3)}, ${state.bytes} bytes of optimizer state`);
console.log(`parameters: ${await digest(model.parameters)}`);
