// Hessian-free optimization with the Gauss-Newton matrix written out and conjugate gradients as Martens'
// program has them: r = A x - b, values of the model for free.
import type { LossOracle } from "./loss_derivatives.ts";
import * as m from "./matrices.ts";
import { evaluate, flatten, jacobian, type Mlp, outputOf, unflatten } from "./mlp.ts";

/** Settings of the oracle. */
export interface HessianFreeOracleSettings {
  readonly initialDamping: number;
  readonly dampingDrop: number;
  readonly iterateDecay: number;
  readonly solverTolerance: number;
  readonly maxIterations: number;
  readonly curvatureChunks: number;
  readonly lineSearchChunks: number;
  readonly preconditioner: "squaredGradients" | "jacobi" | "none";
  readonly l2: number;
  readonly l2Except: "none" | "bias" | readonly string[];
}

/** Signs (B, K) that the samples of a step have; a loss that is asked for them has a diagonal Hessian. */
export type SignsOf = (step: number) => m.Rows;

interface Stored {
  readonly x: number[];
  readonly phi: number;
}

/** What a step did. */
export interface HessianFreeOracleReport {
  readonly loss: number;
  readonly damping: number;
  readonly length: number;
  readonly ratio: number;
  readonly iterations: number;
}

const plus = (x: readonly number[], a: number, y: readonly number[]): number[] =>
  x.map((value, i) => value + a * y[i]);

/** Stored iterates of A x = b; the last one is the last iterate. */
function conjugateGradients(
  a: m.Rows,
  b: readonly number[],
  start: readonly number[],
  preconditioner: readonly number[],
  { solverTolerance: tolerance, maxIterations }: HessianFreeOracleSettings,
): { stored: Stored[]; iterations: number } {
  let x = [...start];
  let r = plus(m.apply(a, x), -1, b);
  let y = r.map((value, i) => value / preconditioner[i]);
  let p = y.map((value) => -value);
  let rho = m.dot(r, y);
  const value = (): number => (m.dot(r, x) - m.dot(b, x)) / 2;
  const phi = [value()], stored: Stored[] = [];
  let next = 5, i = 0, last = -1;
  while (i < maxIterations && rho > 0) {
    const q = m.apply(a, p), curvature = m.dot(p, q);
    if (!(curvature > 0)) break;
    x = plus(x, rho / curvature, p);
    r = plus(r, rho / curvature, q);
    y = r.map((element, j) => element / preconditioner[j]);
    phi[++i] = value();
    if (i === Math.ceil(next)) {
      stored.push({ x, phi: phi[i] });
      last = i;
      next *= 1.3;
    }
    const k = Math.max(10, Math.ceil(0.1 * i));
    if (i > k && phi[i - k] < 0 && (phi[i] - phi[i - k]) / phi[i] < k * tolerance) break;
    const before = rho;
    rho = m.dot(r, y);
    p = plus(y.map((element) => -element), rho / before, p);
  }
  if (last !== i) stored.push({ x, phi: phi[i] });
  return { stored, iterations: i };
}

/** The whole method. */
export class HessianFreeOracle {
  theta: number[];
  damping: number;
  iterate: number[];
  #step = 0;
  readonly #net: Mlp;
  readonly #loss: LossOracle;
  readonly #settings: HessianFreeOracleSettings;
  readonly #signsOf: SignsOf | undefined;
  /** l2 of every parameter. */
  readonly #l2: readonly number[];

  constructor(
    net: Mlp,
    loss: LossOracle,
    theta: ArrayLike<number>,
    settings: HessianFreeOracleSettings,
    signsOf?: SignsOf,
  ) {
    this.#signsOf = signsOf;
    const { l2, l2Except } = settings;
    this.#l2 = flatten(
      unflatten(net, Array.from(theta)).map((rows, layer) =>
        rows.map((row) =>
          row.map((_, column) => {
            const isLeftOut = l2Except === "bias"
              ? column === row.length - 1
              : typeof l2Except !== "string" && l2Except.includes(`dense_${layer + 1}`);
            return isLeftOut ? 0 : l2;
          })
        )
      ),
    );
    this.#net = net;
    this.#loss = loss;
    this.#settings = settings;
    this.theta = Array.from(theta);
    this.iterate = this.theta.map(() => 0);
    this.damping = settings.initialDamping;
  }

  /** Takes one step on a batch. */
  step(x: m.Rows, y: m.Rows): HessianFreeOracleReport {
    const { iterateDecay, curvatureChunks: chunks } = this.#settings, { damping, theta } = this;
    const before = evaluate(this.#net, this.#loss, unflatten(this.#net, theta), x, y);
    const gradient = plus(
      flatten(before.gradient),
      1,
      theta.map((value, i) => this.#l2[i] * value),
    );
    const preconditioner = this.#preconditioner(x, y, this.#l2.map((l2) => damping + l2));
    const part = (turn: number, parts: number): m.Rows[] => {
      const [from, to] = [turn % parts, turn % parts + 1].map((index) =>
        Math.floor(index * x.length / parts)
      );
      return [x, y].map((rows) => rows.slice(from, to));
    };
    const turn = this.#step++;
    const [partX, partY] = part(turn, chunks);
    const [searchX, searchY] = part(turn + 1, this.#settings.lineSearchChunks);
    const a = this.#gaussNewton(partX, partY);
    a.forEach((row, i) => row[i] += damping + this.#l2[i]);
    const { stored, iterations } = conjugateGradients(
      a,
      gradient.map((g) => -g),
      this.iterate.map((value) => iterateDecay * value),
      preconditioner,
      this.#settings,
    );
    this.iterate = stored[stored.length - 1].x;

    const at = (change: readonly number[], length: number): number[] => plus(theta, length, change);
    let best = stored.length - 1,
      reached = this.#objective(at(stored[best].x, 1), searchX, searchY);
    while (best > 0) {
      const earlier = this.#objective(at(stored[best - 1].x, 1), searchX, searchY);
      if (earlier > reached) break;
      best--;
      reached = earlier;
    }
    const { x: change, phi } = stored[best];
    const promised = phi - damping / 2 * m.dot(change, change);
    const rise = this.#objective(at(change, 1), partX, partY) -
      this.#objective(theta, partX, partY);
    const ratio = rise > 0 ? -Infinity : rise / promised;

    const start = this.#objective(theta, searchX, searchY), slope = m.dot(gradient, change);
    let length = 1, tries = 0;
    const reachedBy = (share: number): number =>
      this.#objective(at(change, share), searchX, searchY);
    while (!(reachedBy(length) <= start + 1e-2 * length * slope)) {
      length *= 0.8;
      if (++tries > 60) length = 0;
    }
    this.theta = at(change, length);
    if (ratio > 3 / 4) this.damping *= this.#settings.dampingDrop;
    else if (!(ratio >= 1 / 4)) this.damping /= this.#settings.dampingDrop;
    return { loss: before.loss, damping, length, ratio, iterations };
  }

  #objective(theta: readonly number[], x: m.Rows, y: m.Rows): number {
    const weights = unflatten(this.#net, theta);
    const total = x.reduce(
      (sum, row, n) => sum + this.#loss.value(outputOf(this.#net, weights, row), y[n]),
      0,
    );
    const penalty = theta.reduce((sum, value, i) => sum + this.#l2[i] / 2 * value * value, 0);
    return total / x.length + penalty;
  }

  #gaussNewton(x: m.Rows, y: m.Rows): m.Rows {
    const weights = unflatten(this.#net, this.theta), size = this.theta.length;
    const total = m.build(size, size, () => 0);
    for (const [n, row] of x.entries()) {
      const j = jacobian(this.#net, weights, row), z = outputOf(this.#net, weights, row);
      for (let p = 0; p < size; p++) {
        const column = this.#loss.hessianProduct(z, y[n], j.map((one) => one[p]));
        for (let q = 0; q < size; q++) {
          total[q][p] += j.reduce((sum, one, k) => sum + one[q] * column[k], 0) / x.length;
        }
      }
    }
    return total;
  }

  #preconditioner(x: m.Rows, y: m.Rows, damping: readonly number[]): number[] {
    if (this.#settings.preconditioner === "none") return this.theta.map(() => 1);
    const weights = unflatten(this.#net, this.theta);
    const squares = this.theta.map(() => 0);
    if (this.#settings.preconditioner === "jacobi") {
      return this.#sampledDiagonal(x, y, weights).map((square, i) => square + damping[i]);
    }
    for (const [n, row] of x.entries()) {
      const one = evaluate(this.#net, this.#loss, weights, [row], [y[n]]);
      flatten(one.gradient).forEach((g, i) => squares[i] += g * g / x.length);
    }
    return squares.map((square, i) => (square + damping[i]) ** 0.75);
  }

  #sampledDiagonal(x: m.Rows, y: m.Rows, weights: ReturnType<typeof unflatten>): number[] {
    const squares = this.theta.map(() => 0), signs = this.#signsOf?.(this.#step) ?? [];
    for (const [n, row] of x.entries()) {
      const j = jacobian(this.#net, weights, row), z = outputOf(this.#net, weights, row);
      const u = z.map((_, k) => {
        const unit = z.map((_, other) => Number(other === k));
        return signs[n][k] * Math.sqrt(this.#loss.hessianProduct(z, y[n], unit)[k]);
      });
      squares.forEach((_, i) => {
        squares[i] += u.reduce((sum, one, k) => sum + one * j[k][i], 0) ** 2 / x.length;
      });
    }
    return squares;
  }
}
