// The adding problem: sequences of numbers, two of them marked; the network is to say their sum at the end.
// Sequences end early, each at a step of its own; what stands behind its end changes nothing.
import {
  dataset,
  dense,
  digest,
  evaluate,
  kfac,
  lastStep,
  lstm,
  randomKey,
  sequential,
  squaredError,
  train,
  uniform,
} from "curvature";
import { STREAMS } from "curvature/layers";

const [SAMPLES, STEPS, SHORTEST] = [512, 12, 6];
using numbers = uniform(randomKey(11, STREAMS.data), [SAMPLES, STEPS]);
using places = uniform(randomKey(11, STREAMS.data, 1e6), [SAMPLES, 3]);

const input = new Float32Array(SAMPLES * STEPS * 2);
const target = new Float32Array(SAMPLES);
const lengths = new Uint8Array(SAMPLES);
for (let n = 0; n < SAMPLES; n++) {
  const [end, early, late] = places.data.subarray(3 * n, 3 * n + 3);
  lengths[n] = SHORTEST + Math.floor(end * (STEPS - SHORTEST + 1));
  const half = Math.floor(lengths[n] / 2);
  const marked = [Math.floor(early * half), half + Math.floor(late * (lengths[n] - half))];
  for (let t = 0; t < STEPS; t++) {
    const number = numbers.data[n * STEPS + t];
    input[2 * (n * STEPS + t)] = number;
    if (!marked.includes(t)) continue;
    input[2 * (n * STEPS + t) + 1] = 1;
    target[n] += number;
  }
}
const data = dataset({ input, target, inputShape: [STEPS, 2], targetShape: [1], lengths });

using model = sequential({ input: [STEPS, 2], seed: 1 }, [lstm(16), lastStep(), dense(1)]);
const loss = squaredError();
// Who always says the mean, 1, is off by this much: half the variance of the sum of two uniform numbers.
console.log(`to beat: ${(1 / 12).toFixed(4)}, before training: ${show()}`);

const optimizer = kfac({ learningRate: 0.05, damping: 0.003 });
const run = train({ model, loss, optimizer, data, batchSize: 64, epochs: 40 });
for await (const { step } of run) {
  if (step % 80 === 0) console.log(`step ${step}: ${show()}`);
}
console.log(`parameters: ${await digest(model.parameters)}`);

function show(): string {
  return evaluate(model, loss, data).loss.toFixed(4);
}
