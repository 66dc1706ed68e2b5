// L-BFGS with H written out: γ I, then one BFGS update for each pair, oldest first.
import type { LossOracle } from "./loss_derivatives.ts";
import * as m from "./matrices.ts";
import { evaluate, flatten, type Mlp, unflatten } from "./mlp.ts";

/** Settings of the oracle. */
export interface LbfgsOracleSettings {
  readonly memory: number;
  readonly sufficientDecrease: number;
  readonly curvature: number;
  readonly l2: number;
}

interface Point {
  readonly length: number;
  readonly value: number;
  readonly slope: number;
  readonly gradient: number[];
}

/** The whole method; its line search is algorithm 3.5 with 3.6 of Nocedal & Wright as they are printed. */
export class LbfgsOracle {
  theta: number[];
  #pairs: { s: number[]; y: number[] }[] = [];
  readonly #net: Mlp;
  readonly #loss: LossOracle;
  readonly #settings: LbfgsOracleSettings;

  constructor(
    net: Mlp,
    loss: LossOracle,
    theta: ArrayLike<number>,
    settings: LbfgsOracleSettings,
  ) {
    this.#net = net;
    this.#loss = loss;
    this.#settings = settings;
    this.theta = Array.from(theta);
  }

  /** Takes one step; returns its length. */
  step(x: m.Rows, y: m.Rows): number {
    const { memory } = this.#settings, origin = this.theta;
    const at = (length: number, direction: readonly number[]): Point => {
      const theta = origin.map((value, i) => value + length * direction[i]);
      const { loss, gradient } = this.#objective(theta, x, y);
      return { length, value: loss, slope: m.dot(gradient, direction), gradient };
    };
    const { gradient } = at(0, origin.map(() => 0));
    const direction = m.apply(this.#inverse(), gradient).map((value) => -value);
    const first = this.#pairs.length > 0
      ? 1
      : Math.min(1, 1 / Math.sqrt(m.dot(gradient, gradient)));
    const found = this.#search((length) => at(length, direction), first);
    this.theta = origin.map((value, i) => value + found.length * direction[i]);
    const change = found.gradient.map((value, i) => value - gradient[i]);
    this.#pairs.push({ s: direction.map((value) => found.length * value), y: change });
    if (this.#pairs.length > memory) this.#pairs.shift();
    return found.length;
  }

  #objective(
    theta: readonly number[],
    x: m.Rows,
    y: m.Rows,
  ): { loss: number; gradient: number[] } {
    const { l2 } = this.#settings;
    const found = evaluate(this.#net, this.#loss, unflatten(this.#net, theta), x, y);
    return {
      loss: found.loss + l2 / 2 * m.dot(theta, theta),
      gradient: flatten(found.gradient).map((g, i) => g + l2 * theta[i]),
    };
  }

  #inverse(): m.Rows {
    const n = this.theta.length, newest = this.#pairs.at(-1);
    let h = m.identity(n, newest ? m.dot(newest.s, newest.y) / m.dot(newest.y, newest.y) : 1);
    for (const { s, y } of this.#pairs) {
      const rho = 1 / m.dot(s, y);
      const left = m.combine(1, m.identity(n), -rho, m.outer(s, y));
      const between = m.multiply(m.multiply(left, h), m.transpose(left));
      h = m.combine(1, between, rho, m.outer(s, s));
    }
    return h;
  }

  #search(at: (length: number) => Point, first: number): Point {
    const start = at(0);
    let before = start, point = at(first);
    for (let i = 1;; i++) {
      if (!this.#isLow(start, point) || (point.value >= before.value && i > 1)) {
        return this.#zoom(at, start, before, point);
      }
      if (this.#isFlat(start, point)) return point;
      if (point.slope >= 0) return this.#zoom(at, start, point, before);
      [before, point] = [point, at(2 * point.length)];
    }
  }

  #zoom(at: (length: number) => Point, start: Point, low: Point, high: Point): Point {
    for (;;) {
      const point = at(cubicMinimum(low, high));
      if (!this.#isLow(start, point) || point.value >= low.value) high = point;
      else {
        if (this.#isFlat(start, point)) return point;
        if (point.slope * (high.length - low.length) >= 0) high = low;
        low = point;
      }
    }
  }

  #isLow(start: Point, { length, value }: Point): boolean {
    return value <= start.value + this.#settings.sufficientDecrease * length * start.slope;
  }

  #isFlat(start: Point, { slope }: Point): boolean {
    return Math.abs(slope) <= -this.#settings.curvature * start.slope;
  }
}

/** The minimum of the cubic a t³ + b t² + c t with t from 0 to 1, or the middle if it is near an end. */
function cubicMinimum(low: Point, high: Point): number {
  const width = high.length - low.length;
  const c = low.slope * width, rise = high.value - low.value, end = high.slope * width;
  const a = c + end - 2 * rise, b = 3 * rise - 2 * c - end;
  // (-b + √(b² - 3 a c)) / 3a, written so that a may vanish
  const t = -c / (b + Math.sqrt(b * b - 3 * a * c));
  return low.length + width * (t >= 0.1 && t <= 0.9 ? t : 0.5);
}
