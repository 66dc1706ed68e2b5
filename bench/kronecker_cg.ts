// How near conjugate gradients on a Kronecker product come to the matrix products that they consist of.
import { gemm } from "../src/ops/gemm.ts";
import { matrix } from "../src/ops/matrix.ts";
import type { DType } from "../src/runtime/dtype.ts";
import { kronecker, type KroneckerOperator } from "../src/linalg/operators/kronecker.ts";
import { cgInPlace, CgWorkspace } from "../src/solvers/cg.ts";
import { type Case, filled, measure, rateShare, type Row, rowOf } from "./_support/harness.ts";
import type { Bench, Outcome, Target } from "./_support/report.ts";

/** Order of both factors. */
const N = 1000;
const ITERATIONS = 3;
const AT_LEAST = 0.8;

/** Symmetric and well conditioned: a diagonal of n beside elements in [-1, 1). */
function factor(dtype: DType, seed: number): ReturnType<typeof filled> {
  const a = filled([N, N], dtype, seed), { data } = a;
  for (let i = 0; i < N; i++) {
    data[i * (N + 1)] = N;
    for (let j = 0; j < i; j++) data[j * N + i] = data[i * N + j];
  }
  return a;
}

function solveCase(dtype: DType, op: KroneckerOperator): Case {
  const b = filled([N, N], dtype, 3), workspace = new CgWorkspace(op);
  return {
    name: `${dtype} cg, ${ITERATIONS} iterations`,
    work: ITERATIONS * 4 * N ** 3,
    run: () => {
      const options = { tolerance: 0, maxIterations: ITERATIONS };
      const { status } = cgInPlace(workspace, op, b, options);
      if (status !== "max-iterations") throw new Error(`cg ended early: ${status}`);
    },
  };
}

async function outcomeOf(dtype: DType): Promise<{ rows: Row[]; target: Target }> {
  const g = factor(dtype, 1), a = factor(dtype, 2), out = filled([N, N], dtype, 4);
  const product: Case = {
    name: `${dtype} gemm ${N}`,
    work: 2 * N ** 3,
    run: () => gemm(matrix(g), matrix(a), out),
  };
  const solve = solveCase(dtype, kronecker(g, a, { isPositiveSemidefinite: true }));
  const samples = await measure([product, solve], { rounds: 9 });
  const share = rateShare(samples, solve, product);
  return {
    rows: [
      rowOf(product, samples),
      { ...rowOf(solve, samples), ratios: { "of gemm": share } },
    ],
    target: { what: `${dtype} cg's share of the rate of gemm`, atLeast: AT_LEAST, measured: share },
  };
}

/** The rate of the solve, counting its matrix products alone, against gemm of the same order. */
export const bench: Bench = {
  question:
    "How near do conjugate gradients on a Kronecker product of 1000 x 1000 factors come to gemm?",
  runtimes: ["deno", "node26", "node20"],
  run: async (): Promise<Outcome> => {
    const outcomes = [await outcomeOf("float32"), await outcomeOf("float64")];
    return {
      rows: outcomes.flatMap(({ rows }) => rows),
      targets: outcomes.map(({ target }) => target),
    };
  },
};
