// How far the factorizations are from the matrix product, measured in the same run.
//
//   deno run bench/lapack.ts      node bench/lapack.ts
import type { DType } from "../src/runtime/dtype.ts";
import { instance, kernels } from "../src/runtime/instance.ts";
import { workspace } from "../src/runtime/memory.ts";
import { clone, zeros } from "../src/tensor/create.ts";
import type { Tensor } from "../src/tensor/tensor.ts";

/** One measurement: the median time, and the rate relative to gemm of order 512 in the same run. */
export interface LapackRow {
  readonly kernel: string;
  readonly dtype: DType;
  readonly n: number;
  readonly milliseconds: number;
  readonly gflops: number;
  readonly fractionOfGemm: number;
}

const REPETITIONS = 9;
const WARM_UP = 8;

/** Positive definite: elements in [-1, 1) beside a diagonal of n. */
function positiveDefinite(n: number, dtype: DType): Tensor {
  const a = zeros([n, n], { dtype });
  let state = 1;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      state = Math.imul(state, 1664525) + 1013904223;
      a.data[i * n + j] = a.data[j * n + i] = state / 2 ** 31;
    }
    a.data[i * n + i] = n;
  }
  return a;
}

function median(prepare: () => void, body: () => void): number {
  const times: number[] = [];
  for (let i = -WARM_UP; i < REPETITIONS; i++) {
    prepare();
    const start = performance.now();
    body();
    if (i >= 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[REPETITIONS >> 1];
}

/** A kernel, its order and its flops; `run` works on `a`, which `prepare` has made. */
interface Case {
  readonly kernel: string;
  readonly n: number;
  readonly flops: number;
  readonly bytes: number;
  prepare?(n: number, a: number, work: number): void;
  run(n: number, a: number, other: number, work: number): void;
}

function casesOf(dtype: DType): Case[] {
  const { gemm, potrf, potri, potri_work_bytes, syev, syev_work_bytes } = kernels(dtype);
  const bytes = instance().exports.potrf_work_bytes();
  return [{
    kernel: "gemm",
    n: 512,
    flops: 2 * 512 ** 3,
    bytes,
    run: (n, a, c, work) => gemm(0, n, n, n, 1, a, n, a, n, 0, c, n, work),
  }, {
    kernel: "potrf",
    n: 512,
    flops: 512 ** 3 / 3,
    bytes,
    run: (n, a, _, work) => void potrf(n, a, n, work),
  }, {
    kernel: "potri",
    n: 1000,
    flops: 2 / 3 * 1000 ** 3,
    bytes: potri_work_bytes(1000),
    prepare: (n, a, work) => void potrf(n, a, n, work),
    run: (n, a, _, work) => potri(n, a, n, work),
  }, {
    kernel: "syev",
    n: 256,
    flops: 8 * 256 ** 3,
    bytes: syev_work_bytes(256),
    run: (n, a, w, work) => void syev(n, a, n, w, work),
  }];
}

function measure(dtype: DType): LapackRow[] {
  let gemmRate = 0;
  return casesOf(dtype).map(({ kernel, n, flops, bytes, prepare, run }) => {
    const source = positiveDefinite(n, dtype), a = clone(source), other = clone(source);
    const work = workspace(bytes);
    const milliseconds = median(() => {
      a.data.set(source.data);
      prepare?.(n, a.pointer, work);
    }, () => run(n, a.pointer, other.pointer, work));
    for (const t of [source, a, other]) t.dispose();
    const gflops = flops / milliseconds / 1e6;
    if (kernel === "gemm") gemmRate = gflops;
    return { kernel, dtype, n, milliseconds, gflops, fractionOfGemm: gflops / gemmRate };
  });
}

/** Times gemm, potrf, potri and syev in both dtypes. */
export function lapackRows(): LapackRow[] {
  return [...measure("float32"), ...measure("float64")];
}

if (import.meta.main) console.log(JSON.stringify(lapackRows(), null, 2));
