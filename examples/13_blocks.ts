// An LSTM by block-diagonal Hessian-free optimization: what its blocks are, how their curvature is multiplied, and what each
// step reports of every block's solve.
import {
  blockHessianFree,
  dense,
  digest,
  gaussNewton,
  lastStep,
  lstm,
  type Model,
  normal,
  partition,
  randomKey,
  sequential,
  softmaxCrossEntropy,
  tensor,
} from "curvature";
import { STREAMS } from "curvature/layers";

// Two classes of sequences: whether their first number is above their last.
const [SAMPLES, STEPS] = [256, 10];
using input = normal(randomKey(3, STREAMS.data), [SAMPLES, STEPS, 1]);
using target = tensor(Array.from(
  { length: SAMPLES },
  (_, n) => input.data[n * STEPS] > input.data[(n + 1) * STEPS - 1] ? 1 : 0,
));
const loss = softmaxCrossEntropy(), batch = { input, target };

function network(): Model {
  return sequential({ input: [STEPS, 1], seed: 3 }, [lstm(8), lstm(8), lastStep(), dense(2)]);
}

using model = network();
for (const rule of ["site", 2, [["lstm_1", "lstm_2"], ["dense_3"]]] as const) {
  const { blocks } = partition(model, rule);
  const shown = blocks.map(({ names, size }) => `${names.join(" + ")}: ${size}`);
  console.log(`${JSON.stringify(rule)}: ${shown.join(", ")}`);
}

// Every block has an operator of its own order; what the block does not need is not computed.
{
  using lin = model.linearize(loss, batch);
  using curvature = gaussNewton(lin, { partition: "site" });
  using gradient = lin.gradient();
  for (const [b, block] of curvature.partition.blocks.entries()) {
    using own = block.gather(gradient);
    using product = curvature.blocks[b].apply(own);
    let bend = 0;
    for (const [i, value] of product.data.entries()) bend += value * own.data[i];
    console.log(
      `${block.names}: order ${block.size}, curvature along the gradient ${bend.toFixed(6)}`,
    );
  }
}

// A quarter of the batch makes the curvature of a step, each quarter in turn.
const optimizer = blockHessianFree({
  partition: "site",
  initialDamping: 0.1,
  curvatureChunks: 4,
});
using state = optimizer.init(model);
for (let step = 0; step < 40; step++) {
  const report = optimizer.step(state, { model, loss, batch });
  if (step % 8 !== 0) continue;
  const { solves = [], work, damping = NaN, reductionRatio = NaN } = report;
  console.log(
    `step ${step}: loss ${report.loss.toFixed(4)}, damping ${damping.toExponential(1)}, ` +
      `ratio ${reductionRatio.toFixed(2)}, ${work?.products.toFixed(1)} products`,
  );
  for (const { sites, iterations, status } of solves) {
    console.log(`  ${sites}: ${iterations} iterations, ${status}`);
  }
}
console.log(`parameters: ${await digest(model.parameters)}`);
