// The eigenvalues of a small convnet's Gauss-Newton matrix over a whole data set, which is never written out:
// their density by stochastic Lanczos quadrature, the largest by power iteration, their sum by Hutch++.
import {
  conv2d,
  dense,
  digest,
  flatten,
  gaussNewton,
  maxPool2d,
  normal,
  randomKey,
  sequential,
  softmaxCrossEntropy,
  tanh,
  tensor,
} from "curvature";
import {
  accumulate,
  hutchPlusPlus,
  powerIteration,
  stochasticLanczosQuadrature,
} from "curvature/operators";
import { STREAMS } from "curvature/layers";

const [SIZE, CLASSES, BATCHES, BATCH_SIZE] = [8, 4, 4, 32];
using model = sequential({ input: [SIZE, SIZE, 1], seed: 1 }, [
  conv2d(6, { kernel: 3 }),
  tanh(),
  maxPool2d(2),
  flatten(),
  dense(16),
  tanh(),
  dense(CLASSES),
]);

// Noise that is brighter in the quarter of the image that its class names.
const batches = Array.from({ length: BATCHES }, (_, index) => {
  const key = randomKey(3, STREAMS.data, index * 2 ** 20);
  const input = normal(key, [BATCH_SIZE, SIZE, SIZE, 1], { standardDeviation: 0.5 });
  const target = tensor(Array.from({ length: BATCH_SIZE }, (_, n) => n % CLASSES));
  input.data.forEach((_, i) => {
    const [row, column, n] = [i >> 3 & 7, i & 7, i >> 6];
    if (n % CLASSES === 2 * (row >> 2) + (column >> 2)) input.data[i] += 1;
  });
  return { input, target };
});

const mean = { model, loss: softmaxCrossEntropy(), batches };
using curvature = accumulate(mean, (lin) => gaussNewton(lin));
const key = randomKey(5);
const { nodes, weights } = stochasticLanczosQuadrature(curvature, { samples: 4, steps: 40, key });
const { value: largest, vector: direction } = powerIteration(curvature, { key });
direction.dispose();
const trace = hutchPlusPlus(curvature, { products: 60, key });

console.log(`${model.parameterCount} parameters, ${BATCHES * BATCH_SIZE} samples`);
console.log(`largest eigenvalue ${largest.toPrecision(4)}`);
console.log(`trace ${trace.value.toPrecision(4)} ± ${trace.standardError.toPrecision(1)}`);

// A bar for each power of ten: the number of eigenvalues below it, those of lower bars excluded. Its length is the root
// of that number, so that single ones show.
let from = -Infinity;
for (let upTo = 1e-6; from <= largest; upTo *= 10) {
  let share = 0;
  for (const [i, node] of nodes.entries()) if (node >= from && node < upTo) share += weights[i];
  const count = share * model.parameterCount;
  const bar = "#".repeat(Math.ceil(2 * Math.sqrt(count)));
  console.log(`${upTo.toExponential(0).padStart(7)} ${count.toFixed(1).padStart(7)} ${bar}`);
  from = upTo;
}

using density = tensor([...nodes, ...weights], { dtype: "float64" });
console.log(`density: ${await digest(density)}`);
