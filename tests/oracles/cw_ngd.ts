// CW-NGD of an MLP with every sample's gradient, every segment's matrix and its inverse written out.
import type { LossOracle } from "./loss_derivatives.ts";
import * as m from "./matrices.ts";
import { evaluate, flatten, type Mlp, unflatten, weightShapes } from "./mlp.ts";
import {
  at,
  momentumStep,
  type OracleMomentum,
  type OracleSchedule,
  regularized,
  updated,
  type UpdateSettings,
} from "./update.ts";

/** Settings of the oracle. */
export interface CwNgdOracleSettings extends UpdateSettings {
  readonly damping: OracleSchedule;
  readonly dampingScale: "absolute" | "relative";
  readonly decay: number;
  readonly refreshInterval: number;
  readonly dense: "row" | "scalar" | "layer";
  readonly bias: "layer" | "scalar" | "joined";
  readonly threshold: number;
  readonly momentum: OracleMomentum;
}

/** Segments alike: lists of parameters. */
type Group = number[][];

/** The segments of a net, by site and kind. */
export function cut(net: Mlp, { dense, bias, threshold }: CwNgdOracleSettings): Group[] {
  let offset = 0;
  return weightShapes(net).flatMap(([rows, columns], i) => {
    const { hasBias } = net.layers[i];
    const start = offset, held = columns - (hasBias ? 1 : 0);
    offset += rows * columns;
    const row = (o: number): number[] =>
      Array.from({ length: held }, (_, j) => start + o * columns + j);
    const all = Array.from({ length: rows }, (_, o) => row(o));
    const biases = hasBias ? all.map((_, o) => start + o * columns + held) : [];
    const joins = bias === "joined" && hasBias;
    const whole = joins ? all.map((each, o) => [...each, biases[o]]) : all;
    let weights: Group = whole;
    if (dense === "layer") weights = [whole.flat()];
    else if (dense === "scalar" || held > threshold) weights = all.flat().map((each) => [each]);
    if (biases.length === 0 || joins) return [weights];
    return [weights, bias === "layer" ? [biases] : biases.map((each) => [each])];
  });
}

/** The whole method. */
export class CwNgdOracle {
  theta: number[];
  momentum: number[];
  readonly #groups: Group[];
  readonly #matrices: m.Rows[][];
  readonly #net: Mlp;
  readonly #loss: LossOracle;
  readonly #settings: CwNgdOracleSettings;
  #refreshes = 0;
  #step = 0;

  constructor(net: Mlp, loss: LossOracle, theta: ArrayLike<number>, settings: CwNgdOracleSettings) {
    this.#net = net;
    this.#loss = loss;
    this.#settings = settings;
    this.theta = Array.from(theta);
    this.momentum = this.theta.map(() => 0);
    this.#groups = cut(net, settings);
    this.#matrices = this.#groups.map((group) => group.map((each) => m.identity(each.length, 0)));
  }

  /** Takes one step; returns the loss before it. */
  step(x: m.Rows, y: m.Rows): number {
    const settings = this.#settings, k = this.#step++, { decay } = settings;
    const weights = unflatten(this.#net, this.theta);
    const samples = x.map((row, n) =>
      flatten(evaluate(this.#net, this.#loss, weights, [row], [y[n]]).gradient)
    );
    const { loss, gradient } = evaluate(this.#net, this.#loss, weights, x, y);
    if (k % settings.refreshInterval === 0) {
      this.#refreshes++;
      for (const [i, group] of this.#groups.entries()) {
        for (const [e, each] of group.entries()) {
          const fisher = m.secondMoment(samples.map((g) => each.map((p) => g[p])));
          this.#matrices[i][e] = m.combine(decay, this.#matrices[i][e], 1 - decay, fisher);
        }
      }
    }
    const given = regularized(flatten(gradient), this.theta, at(settings.l2, k));
    const moved = momentumStep(settings.momentum, this.momentum, given);
    this.momentum = moved.memory;
    const isAverage = settings.momentum.kind === "average";
    const bias = isAverage ? 1 - settings.momentum.decay ** (k + 1) : 1;
    const direction = this.#solve(moved.direction.map((d) => d / bias), at(settings.damping, k));
    this.theta = updated(this.theta, direction, settings, k);
    return loss;
  }

  #solve(vector: readonly number[], damping: number): number[] {
    const { decay, dampingScale } = this.#settings;
    const correction = 1 / (1 - decay ** this.#refreshes);
    const direction = [...vector];
    for (const [i, group] of this.#groups.entries()) {
      const corrected = this.#matrices[i].map((h) =>
        h.map((row) => row.map((v) => v * correction))
      );
      const diagonal = corrected.flatMap((h) => h.map((row, a) => row[a]));
      const mean = diagonal.reduce((sum, d) => sum + d, 0) / diagonal.length;
      const epsilon = dampingScale === "absolute" ? damping : damping * mean;
      for (const [e, each] of group.entries()) {
        const damped = m.combine(1, corrected[e], epsilon, m.identity(each.length));
        const solved = m.apply(m.inverse(damped), each.map((p) => vector[p]));
        for (const [a, p] of each.entries()) direction[p] = solved[a];
      }
    }
    return direction;
  }
}
