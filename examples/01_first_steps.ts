// Trains a small network on four points: exclusive or, by K-BFGS.
import {
  dataset,
  dense,
  digest,
  fit,
  kBfgs,
  sequential,
  sigmoidCrossEntropy,
  tanh,
} from "curvature";

using model = sequential({ input: [2], seed: 3 }, [dense(8), tanh(), dense(1)]);
const data = dataset({
  input: [0, 0, 0, 1, 1, 0, 1, 1],
  target: [0, 1, 1, 0],
  inputShape: [2],
  targetShape: [1],
});

const loss = sigmoidCrossEntropy();
const optimizer = kBfgs({ learningRate: 0.3, damping: 0.1 });
const { epochs } = await fit({ model, loss, optimizer, data, batchSize: 4, epochs: 200 });
for (const { step, loss } of epochs) {
  if (step % 50 === 0) console.log(`step ${step}: loss ${loss.toFixed(4)}`);
}

console.log(`parameters: ${await digest(model.parameters)}`);
