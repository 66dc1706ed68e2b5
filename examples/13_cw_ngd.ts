// CW-NGD on a small convolutional network: into what segments its parameters are cut, and its steps beside those of Adam.
import {
  adam,
  conv2d,
  cwNgd,
  dense,
  digest,
  flatten,
  maxPool2d,
  type Model,
  normal,
  type Optimizer,
  randomKey,
  relu,
  Scope,
  segments,
  sequential,
  softmaxCrossEntropy,
  tensor,
} from "curvature";
import { STREAMS } from "curvature/layers";

// Stripes in four directions, under noise.
const SIZE = 256, SIDE = 10, CLASSES = 4;
using input = normal(randomKey(5, STREAMS.data), [SIZE, SIDE, SIDE, 1]);
const { data } = input;
for (let n = 0; n < SIZE; n++) {
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const phase = [x, y, x + y, x - y + SIDE][n % CLASSES] + n;
      data[(n * SIDE + y) * SIDE + x] += phase % 4 < 2 ? 0.7 : -0.7;
    }
  }
}
using target = tensor(Array.from({ length: SIZE }, (_, n) => n % CLASSES));
const loss = softmaxCrossEntropy();
const batch = { input, target };

using scope = new Scope();
function network(): Model {
  const layers = [conv2d(6, { kernel: 3 }), relu(), conv2d(8, { kernel: 3 }), relu(), maxPool2d(3)];
  return scope.own(
    sequential({ input: [SIDE, SIDE, 1], seed: 5 }, [...layers, flatten(), dense(CLASSES)]),
  );
}

// Kernels of the convolutions, single weights of the wide dense layer, biases of a layer together.
{
  using lin = network().linearize(loss, batch);
  for (const { site, indices, matrices } of segments(lin)) {
    const [count, size] = matrices.shape;
    const parameters = indices.flat().length;
    console.log(`${site}: ${count} segments of ${size}, ${parameters} parameters`);
    matrices.dispose();
  }
}

function train(optimizer: Optimizer): Model {
  const model = network();
  using state = optimizer.init(model);
  const losses: string[] = [];
  for (let step = 0; step <= 40; step++) {
    const report = optimizer.step(state, { model, loss, batch });
    if (step % 10 === 0) losses.push(report.loss.toFixed(4));
  }
  const { learningRate, damping = "" } = optimizer.options;
  console.log(`${optimizer.name} ${learningRate} ${damping}: ${losses.join("  ")}`);
  return model;
}

for (const learningRate of [0.001, 0.003, 0.01]) train(adam({ learningRate }));
train(cwNgd()); // the settings of its authors, for batches of 1024
const model = train(cwNgd({ learningRate: 0.01, damping: 1e-3 }));
console.log(`parameters: ${await digest(model.parameters)}`);
