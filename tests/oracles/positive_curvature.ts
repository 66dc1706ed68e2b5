// The pre-activation Hessians of a chain of dense layers, sample by sample and by expectation approximation,
// with eigenvalues by cyclic Jacobi rotations.
import { ACTIVATION_ORACLES } from "./activations.ts";
import type { LossOracle } from "./loss_derivatives.ts";
import { build, combine, identity, multiply, outer, type Rows, transpose } from "./matrices.ts";
import { backward, forward, type Mlp } from "./mlp.ts";

/** How negative curvature is projected. */
export type Mode = "none" | "zero" | "clip" | "abs";

/** All modes. */
export const MODES: readonly Mode[] = ["none", "zero", "clip", "abs"];

const SWEEPS = 60;

/** Eigenvalues of a symmetric matrix, and its eigenvectors as columns. */
export function jacobi(symmetric: Rows): { values: number[]; vectors: Rows } {
  const a = symmetric.map((row) => [...row]), n = a.length, q = identity(n);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let r = p + 1; r < n; r++) {
        if (a[p][r] === 0) continue;
        const theta = (a[r][r] - a[p][p]) / (2 * a[p][r]);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1), s = t * c;
        const turn = (rows: Rows): void => {
          for (const row of rows) {
            [row[p], row[r]] = [c * row[p] - s * row[r], s * row[p] + c * row[r]];
          }
        };
        turn(a);
        [a[p], a[r]] = [
          a[p].map((x, k) => c * x - s * a[r][k]),
          a[p].map((x, k) => s * x + c * a[r][k]),
        ];
        turn(q);
      }
    }
  }
  return { values: a.map((row, i) => row[i]), vectors: q };
}

/** The smallest eigenvalue. */
export function smallestEigenvalue(a: Rows): number {
  return Math.min(...jacobi(a).values);
}

function projected(mode: Mode, value: number): number {
  return mode === "none" ? value : mode === "abs" ? Math.abs(value) : Math.max(value, 0);
}

/** A symmetric matrix with its eigenvalues projected. */
export function projectMatrix(a: Rows, mode: Mode): Rows {
  if (mode === "none") return a;
  const { values, vectors } = jacobi(a);
  const scaled = vectors.map((row) => row.map((x, k) => x * projected(mode, values[k])));
  return multiply(scaled, transpose(vectors));
}

function projectBend(mode: Mode, value: number): number {
  return mode === "zero" ? 0 : projected(mode, value);
}

/** The Hessian of a sample's loss in the outputs. */
export function outputHessian(loss: LossOracle, z: readonly number[], y: readonly number[]): Rows {
  const units = identity(z.length);
  return transpose(units.map((unit) => loss.hessianProduct(z, y, unit)));
}

/** What one sample shows of every layer: φ'(z), φ''(z) ⊙ q, and the Hessian of its loss in the outputs. */
interface SampleTrace {
  readonly slopes: Rows;
  readonly bends: Rows;
  readonly hessian: Rows;
}

function traceOf(
  net: Mlp,
  loss: LossOracle,
  weights: readonly Rows[],
  x: number[],
  y: number[],
): SampleTrace {
  const traces = forward(net, weights, x), output = traces[traces.length - 1].y;
  const top = loss.gradient(output, y);
  const g = backward(net, weights, traces, top);
  const q = net.layers.map((_, i) =>
    i === net.layers.length - 1
      ? top
      : traces[i].y.map((_, j) =>
        g[i + 1].reduce((sum, gk, k) => sum + gk * weights[i + 1][k][j], 0)
      )
  );
  const derivative = (kind: "d1" | "d2", i: number): number[] => {
    const { activation, parameter = 0 } = net.layers[i];
    const plain = kind === "d1" ? 1 : 0;
    return traces[i].z.map((z) =>
      activation ? ACTIVATION_ORACLES[activation][kind](z, parameter) : plain
    );
  };
  return {
    slopes: net.layers.map((_, i) => derivative("d1", i)),
    bends: net.layers.map((_, i) => derivative("d2", i).map((v, j) => v * q[i][j])),
    hessian: outputHessian(loss, output, y),
  };
}

/** diag(outer) ∘ (Wᵀ H W) + diag(d), W without its bias, or the identity above the last layer. */
function pullDown(upper: Rows, weight: Rows | undefined, slopes: Rows, d: readonly number[]): Rows {
  const n = d.length, w = weight?.map((row) => row.slice(0, n));
  const t = w ? multiply(transpose(w), multiply(upper, w)) : upper;
  return build(n, n, (i, j) => slopes[i][j] * t[i][j] + (i === j ? d[i] : 0));
}

function mean(matrices: readonly Rows[]): Rows {
  return build(
    matrices[0].length,
    matrices[0][0].length,
    (i, j) => matrices.reduce((sum, a) => sum + a[i][j], 0) / matrices.length,
  );
}

function meanRow(rows: Rows): number[] {
  return rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
}

/** H of every layer's z for one sample. */
export function sampleHessians(
  net: Mlp,
  loss: LossOracle,
  weights: readonly Rows[],
  x: number[],
  y: number[],
  mode: Mode,
): Rows[] {
  const { slopes, bends, hessian } = traceOf(net, loss, weights, x, y);
  const found: Rows[] = [];
  let upper = projectMatrix(hessian, mode);
  for (let i = net.layers.length - 1; i >= 0; i--) {
    const d = bends[i].map((value) => projectBend(mode, value));
    upper = pullDown(upper, weights[i + 1], outer(slopes[i], slopes[i]), d);
    found.unshift(upper);
  }
  return found;
}

/** The same with every part replaced by its mean over the batch. */
export function meanHessians(
  net: Mlp,
  loss: LossOracle,
  weights: readonly Rows[],
  x: Rows,
  y: Rows,
  mode: Mode,
  expectation: "mean" | "second-moment",
): Rows[] {
  const traces = x.map((row, n) => traceOf(net, loss, weights, row, y[n]));
  const found: Rows[] = [];
  let upper = mean(traces.map(({ hessian }) => projectMatrix(hessian, mode)));
  for (let i = net.layers.length - 1; i >= 0; i--) {
    const slopes = traces.map((trace) => trace.slopes[i]);
    const product = expectation === "mean"
      ? outer(meanRow(slopes), meanRow(slopes))
      : mean(slopes.map((row) => outer(row, row)));
    const d = meanRow(traces.map(({ bends }) => bends[i])).map((v) => projectBend(mode, v));
    upper = pullDown(upper, weights[i + 1], product, d);
    found.unshift(upper);
  }
  return found;
}

/** a - b. */
export function difference(a: Rows, b: Rows): Rows {
  return combine(1, a, -1, b);
}
