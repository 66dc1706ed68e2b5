// What a step of each method costs in units of an SGD step, and what its state takes.
import { sigmoidCrossEntropy } from "../src/nn/losses/elementwise.ts";
import { adam } from "../src/optimizers/adam.ts";
import { kBfgs } from "../src/optimizers/k_bfgs.ts";
import { kfac } from "../src/optimizers/kfac.ts";
import type { Optimizer, OptimizerState } from "../src/optimizers/optimizer.ts";
import { heavyBall } from "../src/optimizers/momentum.ts";
import { sgd } from "../src/optimizers/sgd.ts";
import { memoryUsage } from "../src/runtime/memory.ts";
import { autoencoder, gradientFlops, syntheticImages } from "./_support/autoencoder.ts";
import {
  type Case,
  gemmCase,
  measure,
  quantiles,
  type Row,
  rowOf,
  slowdown,
} from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";

const BATCH_SIZE = 1000;
const ROUNDS = 9;
const INTERVAL = 20;
const BASE = "sgd";

/** A method whose every step costs the same; the two of K-FAC are put together afterwards. */
const METHODS: Readonly<Record<string, Optimizer>> = {
  [BASE]: sgd({ learningRate: 1e-4, momentum: heavyBall(0.9) }),
  adam: adam({ learningRate: 1e-5 }),
  "kBfgs, mode 2020": kBfgs({ mode: "2020", learningRate: 1e-3 }),
  "kBfgs, improved": kBfgs({ learningRate: 1e-3 }),
  "kBfgs, 100 pairs": kBfgs({ memory: 100, learningRate: 1e-3 }),
  "kfac, no inversion": kfac({ learningRate: 1e-3, warmupSteps: 0, inverseInterval: 1e9 }),
  "kfac, inversion": kfac({ learningRate: 1e-3, warmupSteps: 0, inverseInterval: 1 }),
};

interface Method extends Case {
  readonly state: OptimizerState;
  readonly workingBytes: number;
}

function methods(): Method[] {
  const images = syntheticImages(BATCH_SIZE), loss = sigmoidCrossEntropy();
  return Object.entries(METHODS).map(([name, optimizer]) => {
    const model = autoencoder();
    const before = memoryUsage().liveBytes;
    const state = optimizer.init(model);
    const workingBytes = memoryUsage().liveBytes - before - state.bytes;
    const problem = { model, loss, batch: { input: images, target: images } };
    return { name, state, workingBytes, run: () => optimizer.step(state, problem) };
  });
}

async function run(): Promise<Outcome> {
  const all = methods();
  const gemm = gemmCase("float32");
  const samples = new Map(
    await measure([gemm, ...all], { rounds: ROUNDS, sampleMilliseconds: 0, warmUpMilliseconds: 0 }),
  );
  const [inverting, cheap] = ["kfac, inversion", "kfac, no inversion"].map((name) =>
    samples.get(name) ?? []
  );
  const kfacRow = { ...all[all.length - 1], name: `kfac, inversion every ${INTERVAL} steps` };
  samples.set(
    kfacRow.name,
    inverting.map((time, round) => (time + (INTERVAL - 1) * cheap[round]) / INTERVAL),
  );
  const rows: Row[] = [...all, kfacRow].map((method) => ({
    ...rowOf(method, samples),
    ratios: { "of an SGD step": slowdown(samples, method.name, BASE) },
    figures: { "state MB": method.state.bytes / 1e6, "working MB": method.workingBytes / 1e6 },
  }));
  const product = (gemm.work ?? 0) / quantiles(samples.get(gemm.name) ?? []).median;
  const sgdRate = gradientFlops(BATCH_SIZE) / quantiles(samples.get(BASE) ?? []).median;
  return {
    rows,
    notes: [
      `the gradient of a step has ${gradientFlops(BATCH_SIZE) / 1e9} GFLOP`,
      `the SGD step runs at ${(sgdRate / product).toFixed(2)} of the rate of gemm 512`,
    ],
  };
}

/** Steps on the MNIST autoencoder at batch 1000. */
export const bench: Bench = {
  question: "What does a step of each method cost, in units of an SGD step, and how much memory?",
  runtimes: ["deno", "node26"],
  run,
};
