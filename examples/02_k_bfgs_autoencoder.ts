// K-BFGS against Adam on a small autoencoder of drawn curves. `deno task demo` does it in earnest.
import {
  adam,
  dense,
  digest,
  kBfgs,
  type Model,
  type Optimizer,
  relu,
  sequential,
  sigmoidCrossEntropy,
  train,
} from "curvature";
import { curves } from "curvature/data";

const { train: data, test } = curves({ train: 1000, test: 200 });
const loss = sigmoidCrossEntropy();

function autoencoder(): Model {
  return sequential({ input: [784], seed: 1 }, [
    ...[dense(64), relu(), dense(6)],
    ...[dense(64), relu(), dense(784)],
  ]);
}

async function compare(optimizer: Optimizer): Promise<void> {
  using model = autoencoder();
  const options = { model, loss, optimizer, data, batchSize: 200, epochs: 8, seed: 1 };
  for await (const p of train({ ...options, evaluate: { test } })) {
    if (p.metrics) {
      console.log(`${optimizer.name}, epoch ${p.epoch + 1}: ${p.metrics["test.loss"].toFixed(2)}`);
    }
  }
  console.log(`${optimizer.name}: ${await digest(model.parameters)}`);
}

await compare(kBfgs({ learningRate: 1, damping: 1, l2: 1e-5 }));
await compare(adam({ learningRate: 0.003, l2: 1e-5 }));
