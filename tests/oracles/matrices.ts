// Small dense matrices as rows of numbers, by their definitions.

/** Rows of equal length. */
export type Rows = number[][];

/** xᵀy. */
export function dot(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, xi, i) => sum + xi * y[i], 0);
}

/** The matrix (m, n) of an element function. */
export function build(m: number, n: number, element: (i: number, j: number) => number): Rows {
  return Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => element(i, j)));
}

/** The identity of order n, times a number. */
export function identity(n: number, value = 1): Rows {
  return build(n, n, (i, j) => i === j ? value : 0);
}

/** aᵀ. */
export function transpose(a: Rows): Rows {
  return build(a[0].length, a.length, (i, j) => a[j][i]);
}

/** a b. */
export function multiply(a: Rows, b: Rows): Rows {
  return build(
    a.length,
    b[0].length,
    (i, j) => a[i].reduce((sum, aik, k) => sum + aik * b[k][j], 0),
  );
}

/** a x. */
export function apply(a: Rows, x: readonly number[]): number[] {
  return a.map((row) => dot(row, x));
}

/** alpha a + beta b. */
export function combine(alpha: number, a: Rows, beta: number, b: Rows): Rows {
  return build(a.length, a[0].length, (i, j) => alpha * a[i][j] + beta * b[i][j]);
}

/** x yᵀ. */
export function outer(x: readonly number[], y: readonly number[]): Rows {
  return build(x.length, y.length, (i, j) => x[i] * y[j]);
}

/** The mean of the rows. */
export function columnMeans(a: Rows): number[] {
  return a[0].map((_, j) => a.reduce((sum, row) => sum + row[j], 0) / a.length);
}

/** (1 / number of rows) Σ of the rows' outer products. */
export function secondMoment(a: Rows): Rows {
  return build(
    a[0].length,
    a[0].length,
    (i, j) => a.reduce((sum, row) => sum + row[i] * row[j], 0) / a.length,
  );
}

/** a^-1 by Gauss-Jordan elimination with row pivoting. */
export function inverse(a: Rows): Rows {
  const n = a.length;
  const work = a.map((row, i) => [...row, ...identity(n)[i]]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column; i < n; i++) {
      if (Math.abs(work[i][column]) > Math.abs(work[pivot][column])) pivot = i;
    }
    [work[column], work[pivot]] = [work[pivot], work[column]];
    const scale = work[column][column];
    work[column] = work[column].map((x) => x / scale);
    for (let i = 0; i < n; i++) {
      const factor = work[i][column];
      if (i !== column) work[i] = work[i].map((x, j) => x - factor * work[column][j]);
    }
  }
  return work.map((row) => row.slice(n));
}

/** a ⊗ b. */
export function kronecker(a: Rows, b: Rows): Rows {
  const [m, n] = [b.length, b[0].length];
  return build(
    a.length * m,
    a[0].length * n,
    (i, j) => a[Math.floor(i / m)][Math.floor(j / n)] * b[i % m][j % n],
  );
}

/** Lower Cholesky factor, or undefined when a pivot is not positive. */
export function choleskyFactor(a: Rows): Rows | undefined {
  const n = a.length, l = identity(n, 0);
  for (let j = 0; j < n; j++) {
    const pivot = a[j][j] - dot(l[j], l[j]);
    if (!(pivot > 0)) return undefined;
    l[j][j] = Math.sqrt(pivot);
    for (let i = j + 1; i < n; i++) l[i][j] = (a[i][j] - dot(l[i], l[j])) / l[j][j];
  }
  return l;
}

/** Frobenius norm. */
export function frobenius(a: Rows): number {
  return Math.sqrt(a.reduce((sum, row) => sum + dot(row, row), 0));
}
