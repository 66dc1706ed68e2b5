// One poisoned batch in a run that skips it costs nothing but that batch.
import {
  adam,
  dataset,
  dense,
  evaluate,
  kBfgs,
  kfac,
  sequential,
  sgd,
  squaredError,
} from "../../mod.ts";
import { type Dataset, type Optimizer, train } from "../../mod.ts";
import { ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { RECOVERED_LOSS } from "../_support/tolerance.ts";
import { randomRows } from "../_support/twins.ts";

const METHODS: readonly Optimizer[] = [
  sgd({ learningRate: 0.2 }),
  adam({ learningRate: 0.05 }),
  kBfgs({ learningRate: (step) => 2 / (20 + step) }),
  kfac({ learningRate: 0.1 }),
];

const SAMPLES = 64, INPUTS = 3;

function clean(): Dataset {
  const rows = randomRows(1, SAMPLES, INPUTS), noise = randomRows(2, SAMPLES, 1);
  return dataset({
    input: rows.flat(),
    target: rows.map(([a, b], i) => a - b + 0.5 * noise[i][0]),
    inputShape: [INPUTS],
    targetShape: [1],
  });
}

/** The same samples, but one number of one batch. */
function poisoned(source: Dataset, batch: number, value: number): Dataset {
  let filled = 0;
  return {
    ...source,
    fill: (rows, input, target) => {
      source.fill(rows, input, target);
      if (filled++ === batch) input.data[1] = value;
    },
  };
}

async function trained(
  optimizer: Optimizer,
  data: Dataset,
): Promise<{ loss: number; skipped: number }> {
  using model = sequential({ input: [INPUTS], seed: 3 }, [dense(1)]);
  const run = { model, loss: squaredError(), optimizer, data, batchSize: 16, epochs: 30 };
  let skipped = 0;
  using state = optimizer.init(model);
  for await (const progress of train({ ...run, state, onNonFinite: "skip" })) {
    if (progress.skipped) skipped++;
  }
  return { loss: evaluate(model, squaredError(), clean()).loss, skipped };
}

for (const optimizer of METHODS) {
  test(`${optimizer.name}() recovers from a poisoned batch that is skipped`, async () => {
    const expected = await trained(optimizer, clean());
    ok(expected.skipped === 0, "nothing to skip");
    for (const value of [NaN, Infinity, -Infinity]) {
      for (const batch of [0, 5, 17]) {
        const { loss, skipped } = await trained(optimizer, poisoned(clean(), batch, value));
        ok(skipped === 1, `${value} in batch ${batch}: ${skipped} steps skipped`);
        const ratio = loss / expected.loss;
        ok(
          ratio <= RECOVERED_LOSS,
          `${value} in batch ${batch}: loss ${ratio} times the clean one`,
        );
      }
    }
  });
}
