// Small dense matrices as nested arrays of float64, the plain way.
import type { DType } from "../../src/runtime/dtype.ts";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Rows of numbers. */
export type Rows = readonly (readonly number[])[];

/** A matrix (m, n) from its elements. */
export function rowsOf(m: number, n: number, element: (i: number, j: number) => number): Rows {
  return Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => element(i, j)));
}

/** A square matrix from flat elements. */
export function square(flat: ArrayLike<number>): Rows {
  const n = Math.sqrt(flat.length);
  return rowsOf(n, n, (i, j) => flat[i * n + j]);
}

/** The transpose. */
export function transposed(a: Rows): Rows {
  return rowsOf(a[0].length, a.length, (i, j) => a[j][i]);
}

/** A B. */
export function product(a: Rows, b: Rows): Rows {
  return rowsOf(a.length, b[0].length, (i, j) => a[i].reduce((sum, x, k) => sum + x * b[k][j], 0));
}

/** A v. */
export function times(a: Rows, v: ArrayLike<number>): number[] {
  return a.map((row) => row.reduce((sum, x, j) => sum + x * v[j], 0));
}

/** alpha A + beta B. */
export function combination(alpha: number, a: Rows, beta: number, b: Rows): Rows {
  return rowsOf(a.length, a[0].length, (i, j) => alpha * a[i][j] + beta * b[i][j]);
}

/** The identity. */
export function identityRows(n: number): Rows {
  return rowsOf(n, n, (i, j) => i === j ? 1 : 0);
}

/** A ⊗ B. */
export function kroneckerRows(a: Rows, b: Rows): Rows {
  const [m, n] = [b.length, b[0].length];
  return rowsOf(
    a.length * m,
    a[0].length * n,
    (i, j) => a[Math.floor(i / m)][Math.floor(j / n)] * b[i % m][j % n],
  );
}

/** x · y. */
export function inner(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return Array.from(x).reduce((sum, value, i) => sum + value * y[i], 0);
}

/** |x|. */
export function length(x: ArrayLike<number>): number {
  return Math.sqrt(inner(x, x));
}

/** The solution of A x = b by Gaussian elimination with pivots. */
export function eliminated(a: Rows, b: ArrayLike<number>): number[] {
  const n = a.length, work = a.map((row, i) => [...row, b[i]]);
  for (let k = 0; k < n; k++) {
    const column = work.slice(k).map((row) => Math.abs(row[k]));
    const pivot = k + column.indexOf(Math.max(...column));
    [work[k], work[pivot]] = [work[pivot], work[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = work[i][k] / work[k][k];
      for (let j = k; j <= n; j++) work[i][j] -= factor * work[k][j];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const known = work[i].slice(i + 1, n).reduce((sum, value, j) => sum + value * x[i + 1 + j], 0);
    x[i] = (work[i][n] - known) / work[i][i];
  }
  return x;
}

/** The inverse, column by column. */
export function inverseRows(a: Rows): Rows {
  return transposed(identityRows(a.length).map((unit) => eliminated(a, unit)));
}

/** The matrix as a tensor; elements are rounded to the dtype. */
export function asTensor(a: Rows, dtype: DType): Tensor {
  return tensor(a.map((row) => [...row]), { dtype });
}
