// The symmetric matrices on which LAPACK tests its positive definite and eigenvalue routines, and some of ours.
// Source of the types: TESTING/LIN slatb4.f, schkpo.f; ours are marked in the name.
import type { DType } from "../../src/runtime/dtype.ts";
import { unitRoundoff } from "../_support/tolerance.ts";

/** One symmetric matrix with what must come out of its factorization. */
export interface SymmetricMatrix {
  readonly name: string;
  readonly n: number;
  /** (n, n) row-major, every element exact in the dtype asked for. */
  readonly values: Float64Array;
  /** One-based index of the first pivot that is not positive, 0 when all are. */
  readonly failingPivot: number;
}

/** Uniform numbers in [-1, 1), the same for the same seed. */
export function uniform(seed: number): () => number {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const REFLECTIONS = 4;

/** A matrix with the given eigenvalues: random reflections on both sides of the diagonal. */
export function withEigenvalues(eigenvalues: ArrayLike<number>, seed: number): Float64Array {
  const n = eigenvalues.length, next = uniform(seed);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) a[i * n + i] = eigenvalues[i];
  for (let count = 0; count < REFLECTIONS; count++) {
    const v = Float64Array.from({ length: n }, next);
    const factor = 2 / v.reduce((sum, x) => sum + x * x, 0);
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) y[i] += factor * a[i * n + j] * v[j];
    const shift = factor / 2 * y.reduce((sum, x, i) => sum + x * v[i], 0);
    for (let i = 0; i < n; i++) y[i] -= shift * v[i];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) a[i * n + j] -= v[i] * y[j] + y[i] * v[j];
    }
  }
  return a;
}

/** Eigenvalues from 1 down to 1/condition in geometric progression. */
function geometric(n: number, condition: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => n > 1 ? condition ** (-i / (n - 1)) : 1);
}

/** X^T X / rows + damping I for rectified features and a column of ones: an input factor of a dense layer. */
function inputFactor(n: number, seed: number): Float64Array {
  const next = uniform(seed), rows = Math.ceil(n / 2) + 1, a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) a[i * n + i] = 1e-2;
  for (let r = 0; r < rows; r++) {
    const x = Float64Array.from({ length: n }, (_, j) => j === n - 1 ? 1 : Math.max(0, next()));
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a[i * n + j] += x[i] * x[j] / rows;
  }
  return a;
}

function withZeroLine(a: Float64Array, n: number, index: number): Float64Array {
  return a.map((value, at) => at % n === index || Math.floor(at / n) === index ? 0 : value);
}

/** Rounds to the dtype and makes the matrix exactly symmetric. */
function rounded(a: Float64Array, n: number, dtype: DType): Float64Array {
  return a.map((_, at) => {
    const i = Math.floor(at / n), j = at % n, value = a[Math.max(i, j) * n + Math.min(i, j)];
    return dtype === "float32" ? Math.fround(value) : value;
  });
}

/** Powers of 4 that bring a matrix near underflow and overflow. */
export function extremeScales(dtype: DType): readonly [number, number] {
  return dtype === "float32" ? [2 ** -100, 2 ** 100] : [2 ** -960, 2 ** 960];
}

/** The types of LAPACK's positive definite tests, a rank-1 matrix, duplicate eigenvalues and a layer's factor. */
export function symmetricMatrices(n: number, dtype: DType, seed: number): SymmetricMatrix[] {
  const eps = unitRoundoff(dtype), middle = Math.floor(n / 2), next = uniform(seed);
  const benign = withEigenvalues(geometric(n, 2), seed);
  const [tiny, huge] = extremeScales(dtype);
  const rankOne = Float64Array.from({ length: n }, (_, i) => 2 ** (i % 3));
  const types: [string, Float64Array, number?][] = [
    ["diagonal", benign.map((_, at) => at % (n + 1) === 0 ? 1.5 + next() / 2 : 0)],
    ["condition 2", benign],
    ["first row zero", withZeroLine(benign, n, 0), 1],
    ["last row zero", withZeroLine(benign, n, n - 1), n],
    ["middle row zero", withZeroLine(benign, n, middle), middle + 1],
    ["condition sqrt(0.1/eps)", withEigenvalues(geometric(n, Math.sqrt(0.1 / eps)), seed)],
    ["condition 0.1/eps", withEigenvalues(geometric(n, 0.1 / eps), seed)],
    ["near underflow", rounded(benign, n, dtype).map((value) => value * tiny)],
    ["near overflow", rounded(benign, n, dtype).map((value) => value * huge)],
    [
      "rank one (ours)",
      benign.map((_, at) => rankOne[at % n] * rankOne[Math.floor(at / n)]),
      n > 1 ? 2 : 0,
    ],
    [
      "duplicate eigenvalues (ours)",
      withEigenvalues(Float64Array.from({ length: n }, (_, i) => i % 2 ? 1 : 3), seed),
    ],
    ["input factor (ours)", inputFactor(n, seed)],
  ];
  return types.map(([name, values, failingPivot = 0]) => ({
    name,
    n,
    values: rounded(values, n, dtype),
    failingPivot,
  }));
}
