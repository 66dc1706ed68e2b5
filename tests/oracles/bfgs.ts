// Inverse BFGS and the damping of its pairs, written out with dense matrices.
import { apply, build, combine, dot, identity, multiply, outer, type Rows } from "./matrices.ts";

/** A pair (s, y). */
export type Pair = readonly [s: number[], y: number[]];

/** (I - rho s yᵀ) H (I - rho y sᵀ) + rho s sᵀ. */
export function inverseBfgs(h: Rows, [s, y]: Pair): Rows {
  const n = s.length, rho = 1 / dot(s, y);
  const left = combine(1, identity(n), -rho, outer(s, y));
  const right = combine(1, identity(n), -rho, outer(y, s));
  return combine(1, multiply(multiply(left, h), right), rho, outer(s, s));
}

/** H from the identity by all pairs, oldest first. */
export function inverseFromPairs(n: number, pairs: readonly Pair[]): Rows {
  return pairs.reduce((h, pair) => inverseBfgs(h, pair), identity(n));
}

/** H v by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4) from the identity. */
export function twoLoop(pairs: readonly Pair[], v: readonly number[]): number[] {
  let q = [...v];
  const alphas = pairs.toReversed().map(([s, y]) => {
    const alpha = dot(s, q) / dot(s, y);
    q = q.map((x, i) => x - alpha * y[i]);
    return alpha;
  });
  for (const [k, [s, y]] of pairs.entries()) {
    const beta = dot(y, q) / dot(s, y);
    q = q.map((x, i) => x + (alphas[pairs.length - 1 - k] - beta) * s[i]);
  }
  return q;
}

/** A damped pair and the two factors. */
export interface DampedOracle {
  readonly pair: Pair;
  readonly theta1: number;
  readonly theta2: number;
}

const MU1 = 0.2;

function mix(a: readonly number[], weight: number, b: readonly number[]): number[] {
  return a.map((x, i) => weight * x + (1 - weight) * b[i]);
}

function powell(h: Rows, s: readonly number[], y: readonly number[]): [number[], number] {
  const q = apply(h, y), sy = dot(s, y), yHy = dot(y, q);
  const theta = yHy > 0 && sy < MU1 * yHy ? (1 - MU1) * yHy / (yHy - sy) : 1;
  return [mix(s, theta, q), theta];
}

/** Double damping of Goldfarb, Ren & Bahamou 2020. */
export function doubleDampingOracle(h: Rows, [s, y]: Pair, mu2: number): DampedOracle {
  const [damped, theta1] = powell(h, s, y);
  const ss = dot(damped, damped), sy = dot(damped, y);
  const theta2 = sy < mu2 * ss ? (1 - mu2) * ss / (ss - sy) : 1;
  return { pair: [damped, mix(y, theta2, damped)], theta1, theta2 };
}

/** Powell's damping and the Levenberg-Marquardt shift of Ren, Bahamou & Goldfarb 2021. */
export function powellShiftOracle(h: Rows, [s, y]: Pair, mu2: number): DampedOracle {
  const [damped, theta1] = powell(h, s, y);
  return { pair: [damped, y.map((v, i) => v + mu2 * damped[i])], theta1, theta2: 1 };
}

/** A symmetric positive definite matrix from numbers of a generator. */
export function randomSpd(n: number, next: () => number, shift: number): Rows {
  const root = build(n, n, () => next());
  return build(n, n, (i, j) => dot(root[i], root[j]) + (i === j ? shift : 0));
}
