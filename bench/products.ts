// Curvature products of the MNIST autoencoder, in units of its gradient.
import { empiricalFisher } from "../src/curvature/fisher.ts";
import { gaussNewton } from "../src/curvature/gauss_newton.ts";
import { hessian } from "../src/curvature/hessian.ts";
import type { LinearOperator } from "../src/linalg/operator.ts";
import type { Linearization } from "../src/nn/linearization.ts";
import { sigmoidCrossEntropy } from "../src/nn/losses/elementwise.ts";
import { zeros } from "../src/tensor/create.ts";
import { autoencoder, gradientFlops, syntheticImages, WIDTHS } from "./_support/autoencoder.ts";
import {
  type Case,
  filled,
  gemmCase,
  measure,
  quantiles,
  rowOf,
  slowdown,
} from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";

const BATCH_SIZE = 500;
const ROUNDS = 7;
const GRADIENT = "gradient", FULL = "Gauss-Newton product", SITES = "Gauss-Newton by site";
const HESSIAN = "Hessian product";
/** One product where all layers have equal cost: block l of L takes 2 (L - l) + 2 of its 4 L. */
const SITE_PRODUCTS = WIDTHS.length / 4;
/** What loops around the matrix products may add to that. */
const OVERHEAD = 1.3;

const OPERATORS: Readonly<Record<string, (lin: Linearization) => LinearOperator>> = {
  [FULL]: (lin) => gaussNewton(lin),
  [HESSIAN]: (lin) => hessian(lin),
  "empirical Fisher product": (lin) => empiricalFisher(lin),
  [SITES]: (lin) => gaussNewton(lin, { blocks: "site" }),
};

async function run(): Promise<Outcome> {
  const model = autoencoder(), loss = sigmoidCrossEntropy();
  const input = syntheticImages(BATCH_SIZE), batch = { input, target: input };
  const lin = model.linearize(loss, batch);
  const v = filled([model.parameterCount], "float32"), out = zeros([model.parameterCount]);
  const gradient: Case = {
    name: GRADIENT,
    work: gradientFlops(BATCH_SIZE),
    run: () => {
      using own = model.linearize(loss, batch);
      own.gradient(out);
    },
  };
  const products = Object.entries(OPERATORS).map(([name, make]): Case => {
    const operator = make(lin);
    return { name, run: () => operator.apply(v, out) };
  });
  const gemm = gemmCase("float32"), cases = [gradient, ...products];
  const samples = await measure([gemm, ...cases], {
    rounds: ROUNDS,
    sampleMilliseconds: 0,
    warmUpMilliseconds: 0,
  });
  const rate = (item: Case): number =>
    (item.work ?? 0) / quantiles(samples.get(item.name) ?? []).median;
  const times = (name: string, unit: string): number => slowdown(samples, name, unit);
  return {
    rows: cases.map((item) => ({
      ...rowOf(item, samples),
      ratios: {
        "of a gradient": times(item.name, GRADIENT),
        "of a product": times(item.name, FULL),
      },
    })),
    targets: [
      { what: `${FULL}, in gradients`, atMost: 1.5, measured: times(FULL, GRADIENT) },
      { what: `${HESSIAN}, in gradients`, atMost: 3.2, measured: times(HESSIAN, GRADIENT) },
      {
        what: `${SITES}, in full products`,
        atMost: SITE_PRODUCTS * OVERHEAD,
        measured: times(SITES, FULL),
      },
    ],
    notes: [
      "a gradient makes its own forward pass; products use one that is cached, as solvers do",
      `the gradient runs at ${(rate(gradient) / rate(gemm)).toFixed(2)} of the rate of gemm 512`,
      "curvlinops quotes 4.1 gradients for a Gauss-Newton product and 5.3 for a Hessian product",
    ],
  };
}

/** Products with curvature matrices. */
export const bench: Bench = {
  question: "What does a product with a curvature matrix cost, in units of a gradient?",
  runtimes: ["deno", "node26"],
  run,
};
