// The gradient of the MNIST autoencoder: ours, jax-js and TensorFlow.js on the same weights and images.
import { sigmoidCrossEntropy } from "../src/nn/losses/elementwise.ts";
import { zeros } from "../src/tensor/create.ts";
import { norm } from "../src/ops/vector.ts";
import {
  autoencoder,
  CODE,
  gradientFlops,
  syntheticImages,
  WIDTHS,
} from "./_support/autoencoder.ts";
import {
  type Case,
  gemmCase,
  measure,
  peakCase,
  rateShare,
  rowOf,
  slowdown,
} from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";
import type { GradientProblem, GradientResult, Rival } from "./rivals/rival.ts";
import { jaxJs } from "./rivals/jax_js.ts";
import { tensorflow } from "./rivals/tensorflow.ts";

const BATCH_SIZE = 500;
const ROUNDS = 9;
/** Two float32 gradients that sum in different orders agree this well. */
const AGREEMENT = 1e-4;

interface Ours {
  readonly problem: GradientProblem;
  readonly result: GradientResult;
  readonly run: () => void;
}

function ours(): Ours {
  const model = autoencoder(), images = syntheticImages(BATCH_SIZE);
  const loss = sigmoidCrossEntropy(), gradient = zeros([model.parameterCount]);
  const run = (): number => {
    using lin = model.linearize(loss, { input: images, target: images });
    lin.gradient(gradient);
    return lin.loss;
  };
  const layers = model.sites.map(({ weight: { data, shape: [outputs, columns] } }, i) => {
    const inputs = columns - 1;
    const kernel = new Float32Array(inputs * outputs), bias = new Float32Array(outputs);
    for (let o = 0; o < outputs; o++) {
      for (let k = 0; k < inputs; k++) kernel[k * outputs + o] = data[o * columns + k];
      bias[o] = data[o * columns + inputs];
    }
    const isLinear = i + 1 === CODE || i + 2 === WIDTHS.length;
    return { inputs, outputs, kernel, bias, activation: isLinear ? "linear" : "relu" } as const;
  });
  const problem = { batchSize: BATCH_SIZE, images: new Float32Array(images.data), layers };
  return { problem, result: { loss: run(), gradientNorm: norm(gradient) }, run };
}

function check(name: string, found: GradientResult, wanted: GradientResult): void {
  for (const key of ["loss", "gradientNorm"] as const) {
    if (!(Math.abs(found[key] / wanted[key] - 1) <= AGREEMENT)) {
      throw new Error(
        `Cannot compare with ${name}: its ${key} is ${found[key]}, not ${wanted[key]}`,
      );
    }
  }
}

async function run(): Promise<Outcome> {
  const own = ours();
  const work = gradientFlops(BATCH_SIZE);
  const gradient: Case = { name: "curvature", work, run: own.run };
  const [gemm, peak] = [gemmCase("float32"), peakCase("float32")];
  const cases: Case[] = [peak, gemm, gradient];
  const notes: string[] = [`the loss is ${own.result.loss} with ours; all agree to ${AGREEMENT}`];
  const add = async (rival: Rival): Promise<void> => {
    const { name, threads, forms } = await rival(own.problem);
    notes.push(`${name}: ${threads}`);
    for (const [form, step] of Object.entries(forms)) {
      check(name, await step.evaluate(), own.result);
      cases.push({ name: form, work, run: step.run });
    }
  };
  await add(jaxJs);
  await add(tensorflow);
  const samples = await measure(cases, { rounds: ROUNDS });
  const rows = cases.map((item) => ({
    ...rowOf(item, samples),
    ratios: {
      "of peak": rateShare(samples, item, peak),
      "of our gemm": rateShare(samples, item, gemm),
      "times ours": slowdown(samples, item.name, gradient.name),
    },
  }));
  const fastest = (prefix: string): number =>
    Math.min(
      ...cases.filter(({ name }) => name.startsWith(prefix)).map(({ name }) =>
        slowdown(samples, name, gradient.name)
      ),
    );
  return {
    rows,
    notes,
    targets: [
      { what: "times jax-js takes ours", atLeast: 2, measured: fastest("jax-js") },
      {
        what: "times TensorFlow.js takes ours",
        atLeast: 7,
        measured: slowdown(samples, "tensorflow.js, tf.grads", gradient.name),
      },
      {
        what: "share of our gemm rate",
        atLeast: 0.75,
        measured: rateShare(samples, gradient, gemm),
      },
    ],
  };
}

/** One gradient at batch 500, on one thread. */
export const bench: Bench = {
  question:
    "How long does the gradient of the MNIST autoencoder take, beside jax-js and TensorFlow.js?",
  runtimes: ["node26"],
  needsRivals: true,
  run,
};
