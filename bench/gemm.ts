// What share of the strict-SIMD peak gemm reaches, over the shapes that training meets.
//
//   deno run bench/gemm.ts      node bench/gemm.ts
import type { DType } from "../src/runtime/dtype.ts";
import { instance, kernels } from "../src/runtime/instance.ts";
import { workspace } from "../src/runtime/memory.ts";
import { zeros } from "../src/tensor/create.ts";
import { peakLoop } from "./_peak.ts";

/** One measurement: the fastest of some repetitions, and of the peak in turn with them. */
export interface GemmRow {
  readonly dtype: DType;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** 1 A transposed, 2 B transposed. */
  readonly flags: number;
  readonly gflops: number;
  readonly peak: number;
  readonly fractionOfPeak: number;
}

type Shape = readonly [m: number, n: number, k: number, flags: number];

const SHAPES: readonly Shape[] = [
  ...[[512, 512, 512, 0], [512, 512, 512, 1], [512, 512, 512, 2], [512, 512, 512, 3]] as const,
  ...[[1024, 1024, 1024, 0], [1024, 1024, 1024, 1]] as const,
  ...[[1024, 1024, 1024, 2], [1024, 1024, 1024, 3]] as const,
  // A dense layer forward (x W^T), its deltas (g W) and its gradient (g^T x), and a convolution of 6 filters.
  ...[[1000, 1000, 785, 2], [1000, 250, 30, 2], [1000, 30, 250, 0], [250, 30, 1000, 1]] as const,
  ...[[25, 200, 6, 0], [1000, 6, 25, 2]] as const,
];

const REPETITIONS = 10;
const WARM_UP_MS = 150;
const FLOPS_PER_REPETITION = 4e6;

function milliseconds(body: () => void): number {
  const start = performance.now();
  body();
  return performance.now() - start;
}

function warmUp(body: () => void): void {
  const start = performance.now();
  while (performance.now() - start < WARM_UP_MS) body();
}

function measure(dtype: DType, [m, n, k, flags]: Shape): GemmRow {
  const { gemm } = kernels(dtype), work = workspace(instance().exports.gemm_work_bytes());
  const a = zeros([m, k], { dtype }), b = zeros([k, n], { dtype }), c = zeros([m, n], { dtype });
  const lda = flags & 1 ? m : k, ldb = flags & 2 ? k : n;
  const calls = Math.max(1, Math.round(FLOPS_PER_REPETITION / (2 * m * n * k)));
  const product = () => {
    for (let i = 0; i < calls; i++) {
      gemm(flags, m, n, k, 1, a.pointer, lda, b.pointer, ldb, 0, c.pointer, n, work);
    }
  };
  const loop = peakLoop(dtype);
  warmUp(loop.run);
  warmUp(product);
  // The clock of the machine drifts: the peak is taken in turn with the product.
  let fastest = Infinity, fastestPeak = Infinity;
  for (let i = 0; i < REPETITIONS; i++) {
    fastest = Math.min(fastest, milliseconds(product) / calls);
    fastestPeak = Math.min(fastestPeak, milliseconds(loop.run));
  }
  for (const t of [a, b, c]) t.dispose();
  const gflops = 2 * m * n * k / fastest / 1e6, peak = loop.flops / fastestPeak / 1e6;
  return { dtype, m, n, k, flags, gflops, peak, fractionOfPeak: gflops / peak };
}

/** Times gemm in both dtypes over all shapes. */
export function gemmRows(): GemmRow[] {
  return (["float32", "float64"] as const).flatMap((dtype) =>
    SHAPES.map((shape) => measure(dtype, shape))
  );
}

if (import.meta.main) {
  for (const { dtype, m, n, k, flags, gflops, fractionOfPeak } of gemmRows()) {
    const shape = `${m} x ${n} x ${k}`.padEnd(20), share = (100 * fractionOfPeak).toFixed(0);
    console.log(
      `${dtype} ${shape} flags ${flags} ${gflops.toFixed(1).padStart(6)} GFLOP/s ${share} %`,
    );
  }
}
