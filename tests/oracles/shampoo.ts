// Shampoo with inverse fourth roots by the iteration of Denman & Beavers, twice.
import type { LossOracle } from "./loss_derivatives.ts";
import * as m from "./matrices.ts";
import { evaluate, flatten, type Mlp, unflatten } from "./mlp.ts";
import {
  at,
  momentumStep,
  type OracleMomentum,
  regularized,
  updated,
  type UpdateSettings,
} from "./update.ts";

/** Settings of the oracle. */
export interface ShampooOracleSettings extends UpdateSettings {
  readonly epsilon: number;
  readonly rootInterval: number;
  readonly warmupSteps: number;
  readonly grafting: "none" | "gradient";
  readonly momentum: OracleMomentum;
}

/** The square root of a positive definite matrix: Y = (Y + Z⁻¹) / 2, Z = (Z + Y⁻¹) / 2 from Y = A, Z = I. */
function squareRoot(a: m.Rows): m.Rows {
  let y = a, z = m.identity(a.length);
  for (let i = 0; i < 40; i++) {
    const next = m.combine(0.5, y, 0.5, m.inverse(z));
    z = m.combine(0.5, z, 0.5, m.inverse(y));
    y = next;
  }
  return y;
}

function inverseFourthRoot(a: m.Rows): m.Rows {
  return m.inverse(squareRoot(squareRoot(a)));
}

/** The whole method. */
export class ShampooOracle {
  theta: number[];
  momentum: number[];
  sides: { left: m.Rows; right: m.Rows }[];
  #roots: { left: m.Rows; right: m.Rows }[] = [];
  #step = 0;
  readonly #net: Mlp;
  readonly #loss: LossOracle;
  readonly #settings: ShampooOracleSettings;

  constructor(
    net: Mlp,
    loss: LossOracle,
    theta: ArrayLike<number>,
    settings: ShampooOracleSettings,
  ) {
    this.#net = net;
    this.#loss = loss;
    this.#settings = settings;
    this.theta = Array.from(theta);
    this.momentum = this.theta.map(() => 0);
    const { epsilon } = settings;
    this.sides = unflatten(net, this.theta).map((w) => ({
      left: m.identity(w.length, epsilon),
      right: m.identity(w[0].length, epsilon),
    }));
  }

  /** Takes one step; returns the loss before it. */
  step(x: m.Rows, y: m.Rows): number {
    const settings = this.#settings, k = this.#step++;
    const before = evaluate(this.#net, this.#loss, unflatten(this.#net, this.theta), x, y);
    const gradient = regularized(flatten(before.gradient), this.theta, at(settings.l2, k));
    const blocks = unflatten(this.#net, gradient);
    this.sides = this.sides.map(({ left, right }, i) => ({
      left: m.combine(1, left, 1, m.multiply(blocks[i], m.transpose(blocks[i]))),
      right: m.combine(1, right, 1, m.multiply(m.transpose(blocks[i]), blocks[i])),
    }));
    if (k < settings.warmupSteps || k % settings.rootInterval === 0) {
      this.#roots = this.sides.map(({ left, right }) => ({
        left: inverseFourthRoot(left),
        right: inverseFourthRoot(right),
      }));
    }
    const moved = momentumStep(settings.momentum, this.momentum, gradient);
    this.momentum = moved.memory;
    const direction = unflatten(this.#net, moved.direction).map((block, i) => {
      const { left, right } = this.#roots[i];
      const found = m.multiply(m.multiply(left, block), right);
      if (settings.grafting === "none") return found;
      const size = (rows: m.Rows): number => Math.sqrt(m.dot(rows.flat(), rows.flat()));
      return found.map((row) => row.map((value) => value * size(block) / size(found)));
    });
    this.theta = updated(this.theta, flatten(direction), settings, k);
    return before.loss;
  }
}
