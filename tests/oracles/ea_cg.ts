// EA-CG and KFI in float64 with plain rows of numbers, a step at a time.
import type { LossOracle } from "./loss_derivatives.ts";
import {
  apply,
  columnMeans,
  combine,
  dot,
  identity,
  inverse,
  multiply,
  outer,
  type Rows,
  secondMoment,
} from "./matrices.ts";
import { evaluate, type Mlp } from "./mlp.ts";
import { meanHessians, type Mode } from "./positive_curvature.ts";

/** What both methods take. */
export interface EaSettings {
  readonly learningRate: number;
  readonly alpha: number;
  readonly projection: Mode;
  readonly expectation: "mean" | "second-moment";
  readonly bias: "separate" | "joint";
  readonly solverTolerance: number;
  readonly maxIterations: number;
}

/** What solves the system of some columns of G: H, the inputs that belong to them (B, columns). */
type Solve = (g: Rows, hessian: Rows, inputs: Rows) => Rows;

/** x of (1 - α) H x A + α x = g by conjugate gradients on whole matrices. */
function iterate(g: Rows, h: Rows, a: Rows, settings: EaSettings): Rows {
  const { alpha, solverTolerance: tolerance, maxIterations } = settings;
  const inner = (x: Rows, y: Rows): number => dot(x.flat(), y.flat());
  const product = (v: Rows): Rows => combine(1 - alpha, multiply(multiply(h, v), a), alpha, v);
  let x = combine(0, g, 0, g), r = g, p = g, rr = inner(r, r);
  const threshold = tolerance ** 2 * rr;
  for (let k = 0; k < maxIterations && rr > threshold; k++) {
    const q = product(p), length = rr / inner(p, q);
    x = combine(1, x, length, p);
    r = combine(1, r, -length, q);
    const next = inner(r, r);
    p = combine(1, r, next / rr, p);
    rr = next;
  }
  return x;
}

/** EA-CG with the mean input, or with second moments. */
export function eaCgSolve(settings: EaSettings, inputs: "mean" | "second-moment"): Solve {
  return (g, h, rows) => {
    const mean = columnMeans(rows);
    return iterate(g, h, inputs === "mean" ? outer(mean, mean) : secondMoment(rows), settings);
  };
}

/** ((1 - α) |h̄|² H + α I)⁻¹ along h̄, 1/α orthogonal to it. */
export function directSolve({ alpha }: EaSettings): Solve {
  return (g, h, rows) => {
    const mean = columnMeans(rows), square = dot(mean, mean);
    const along = apply(g, mean).map((x) => square > 0 ? x / square : 0);
    const rest = combine(1, g, -1, outer(along, mean));
    const damped = combine((1 - alpha) * square, h, 1, identity(h.length, alpha));
    return combine(1 / alpha, rest, 1, outer(apply(inverse(damped), along), mean));
  };
}

function meanDiagonal(a: Rows): number {
  return a.reduce((sum, row, i) => sum + row[i], 0) / a.length;
}

/** The factors that KFI inverts: H + √γ/π I and A + π√γ I. */
export function kfiFactors(h: Rows, a: Rows, alpha: number): [output: Rows, input: Rows] {
  const root = Math.sqrt(alpha / (1 - alpha));
  const [top, bottom] = [meanDiagonal(a), meanDiagonal(h)];
  const pi = top > 0 && bottom > 0 ? Math.sqrt(top / bottom) : 1;
  return [
    combine(1, h, 1, identity(h.length, root / pi)),
    combine(1, a, 1, identity(a.length, pi * root)),
  ];
}

/** KFI; the bias alone has an exact system. */
export function kfiSolve({ alpha, bias }: EaSettings, hasBias: boolean): Solve {
  return (g, h, rows) => {
    const isBias = hasBias && bias === "separate" && rows[0].length === 1;
    if (isBias) {
      return multiply(inverse(combine(1 - alpha, h, 1, identity(h.length, alpha))), g);
    }
    const [output, input] = kfiFactors(h, secondMoment(rows), alpha);
    const d = multiply(multiply(inverse(output), g), inverse(input));
    return combine(1 / (1 - alpha), d, 0, d);
  };
}

/** New weights after one step. */
export function eaStep(
  net: Mlp,
  loss: LossOracle,
  weights: readonly Rows[],
  x: Rows,
  y: Rows,
  settings: EaSettings,
  solve: Solve,
): Rows[] {
  const { projection, expectation, bias, learningRate } = settings;
  const hessians = meanHessians(net, loss, weights, x, y, projection, expectation);
  const { gradient, sites } = evaluate(net, loss, weights, x, y);
  return weights.map((w, i) => {
    const g = gradient[i], rows = sites[i].inputs, last = g[0].length - 1;
    const isApart = net.layers[i].hasBias && bias === "separate";
    const columns = (a: Rows, from: number, to: number): Rows =>
      a.map((row) => row.slice(from, to));
    const part = (from: number, to: number): Rows =>
      solve(columns(g, from, to), hessians[i], columns(rows, from, to));
    const d = isApart
      ? part(0, last).map((row, k) => [...row, ...part(last, last + 1)[k]])
      : part(0, last + 1);
    return combine(1, w, -learningRate, d);
  });
}
