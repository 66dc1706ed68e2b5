// How far the factorizations are from the matrix product, measured in the same run.
import type { DType } from "../src/runtime/dtype.ts";
import { instance, kernels } from "../src/runtime/instance.ts";
import { workspace } from "../src/runtime/memory.ts";
import { clone, zeros } from "../src/tensor/create.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { type Case, gemmCase, measure, rateShare, type Row, rowOf } from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";

const ROUNDS = 9;

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

/** A kernel, its order and its flops; `run` works on `a`, which `prepare` has made. */
interface Kernel {
  readonly name: string;
  readonly n: number;
  readonly flops: number;
  readonly bytes: number;
  prepare?(n: number, a: number, work: number): void;
  run(n: number, a: number, other: number, work: number): void;
}

function kernelsOf(dtype: DType): Kernel[] {
  const { potrf, potri, potri_work_bytes, syev, syev_work_bytes } = kernels(dtype);
  return [{
    name: "potrf",
    n: 512,
    flops: 512 ** 3 / 3,
    bytes: instance().exports.potrf_work_bytes(),
    run: (n, a, _, work) => void potrf(n, a, n, work),
  }, {
    name: "potri",
    n: 1000,
    flops: 2 / 3 * 1000 ** 3,
    bytes: potri_work_bytes(1000),
    prepare: (n, a, work) => void potrf(n, a, n, work),
    run: (n, a, _, work) => potri(n, a, n, work),
  }, {
    name: "syev",
    n: 256,
    flops: 8 * 256 ** 3,
    bytes: syev_work_bytes(256),
    run: (n, a, w, work) => void syev(n, a, n, w, work),
  }];
}

function caseOf({ name, n, flops, bytes, prepare, run }: Kernel, dtype: DType): Case {
  const source = positiveDefinite(n, dtype), a = clone(source), other = clone(source);
  return {
    name: `${dtype} ${name} ${n}`,
    work: flops,
    prepare: () => {
      a.data.set(source.data);
      prepare?.(n, a.pointer, workspace(bytes));
    },
    run: () => run(n, a.pointer, other.pointer, workspace(bytes)),
  };
}

async function rowsOf(dtype: DType): Promise<Row[]> {
  const gemm = gemmCase(dtype);
  const cases = kernelsOf(dtype).map((kernel) => caseOf(kernel, dtype));
  const samples = await measure([gemm, ...cases], { rounds: ROUNDS });
  return [
    rowOf(gemm, samples),
    ...cases.map((item) => ({
      ...rowOf(item, samples),
      ratios: { "of gemm": rateShare(samples, item, gemm) },
    })),
  ];
}

/** potrf, potri and syev in both dtypes. */
export const bench: Bench = {
  question: "How far are the factorizations from the rate of the matrix product?",
  runtimes: ["deno", "node26"],
  run: async (): Promise<Outcome> => ({
    rows: [...await rowsOf("float32"), ...await rowsOf("float64")],
  }),
};
