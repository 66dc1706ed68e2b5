// How near the matrix product is to the limit of strict SIMD, and which shapes fall behind.
import { matmul } from "../src/ops/gemm.ts";
import type { DType } from "../src/runtime/dtype.ts";
import {
  type Case,
  filled,
  measure,
  peakCase,
  rateShare,
  type Row,
  rowOf,
} from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";

interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposes: string;
}

const cube = (n: number): Shape[] =>
  ["NN", "NT", "TN", "TT"].map((transposes) => ({ m: n, n, k: n, transposes }));

/** Products of the MNIST autoencoder: forward A Wᵀ, backward G W, gradient Gᵀ A. */
function layer(batch: number, inputs: number, outputs: number): Shape[] {
  return [
    { m: batch, n: outputs, k: inputs + 1, transposes: "NT" },
    { m: batch, n: inputs, k: outputs, transposes: "NN" },
    { m: outputs, n: inputs + 1, k: batch, transposes: "TN" },
  ];
}

const SHAPES: readonly Shape[] = [
  ...cube(512),
  ...cube(1024),
  ...layer(1000, 784, 1000),
  ...layer(1000, 500, 250),
  ...layer(1000, 250, 30),
  ...layer(1000, 30, 250),
  // A convolution of six 5 x 5 filters.
  { m: 25, n: 200, k: 6, transposes: "NN" },
  { m: 1000, n: 6, k: 25, transposes: "NT" },
];

function caseOf({ m, n, k, transposes }: Shape, dtype: DType): Case {
  const [transposeA, transposeB] = [...transposes].map((letter) => letter === "T");
  const a = filled(transposeA ? [k, m] : [m, k], dtype, 1);
  const b = filled(transposeB ? [n, k] : [k, n], dtype, 2);
  const out = filled([m, n], dtype, 3);
  return {
    name: `${dtype} ${m}x${n}x${k} ${transposes}`,
    work: 2 * m * n * k,
    run: () => matmul(a, b, { transposeA, transposeB, out }),
  };
}

async function rowsOf(dtype: DType): Promise<Row[]> {
  const peak = peakCase(dtype);
  const cases = SHAPES.map((shape) => caseOf(shape, dtype));
  const samples = await measure([peak, ...cases]);
  return [
    rowOf(peak, samples),
    ...cases.map((item) => ({
      ...rowOf(item, samples),
      ratios: { "of peak": rateShare(samples, item, peak) },
    })),
  ];
}

/** Rates of products m x n x k, in both dtypes, against the measured peak. */
export const bench: Bench = {
  question: "How near is the matrix product to the limit of strict SIMD, and for which shapes?",
  runtimes: ["deno", "node26", "node20"],
  run: async (): Promise<Outcome> => ({
    rows: [...await rowsOf("float32"), ...await rowsOf("float64")],
  }),
};
