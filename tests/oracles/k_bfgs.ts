// K-BFGS and K-BFGS(L) step by step as in Goldfarb, Ren & Bahamou 2020 and Ren, Bahamou & Goldfarb 2021,
// with dense matrices. The limited-memory form keeps its pairs and makes H_g of them from the identity.
import {
  doubleDampingOracle,
  inverseBfgs,
  inverseFromPairs,
  type Pair,
  powellShiftOracle,
} from "./bfgs.ts";
import type { LossOracle } from "./loss_derivatives.ts";
import * as m from "./matrices.ts";
import { evaluate, flatten, forward, type Mlp, type SiteRows, unflatten } from "./mlp.ts";
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
export interface KBfgsOracleSettings extends UpdateSettings {
  readonly mode: "2020" | "improved";
  readonly damping: OracleSchedule;
  readonly decay: number;
  readonly momentum: OracleMomentum;
  readonly memory?: number | undefined;
}

/** One site: H_a, H_g with its pairs, A where it is kept, averages of s and y. */
export interface KBfgsOracleSite {
  inputInverse: m.Rows;
  outputInverse: m.Rows;
  inputFactor: m.Rows;
  s: number[];
  y: number[];
  pairs: Pair[];
}

/** Accumulates A over mini-batches and inverts it once. */
export class KBfgsOracle {
  theta: number[];
  momentum: number[];
  sites: KBfgsOracleSite[] = [];
  /** Updates that the rules refused, so far. */
  skipped = 0;
  /** Times that Powell's damping and the second stage were active. */
  damped = { powell: 0, second: 0 };
  #step = 0;
  readonly #net: Mlp;
  readonly #loss: LossOracle;
  readonly #settings: KBfgsOracleSettings;

  constructor(net: Mlp, loss: LossOracle, theta: ArrayLike<number>, settings: KBfgsOracleSettings) {
    this.#net = net;
    this.#loss = loss;
    this.#settings = settings;
    this.theta = Array.from(theta);
    this.momentum = this.theta.map(() => 0);
  }

  /** Uniform average of A over mini-batches, then its damped inverse. */
  warmStart(batches: readonly m.Rows[]): void {
    const weights = unflatten(this.#net, this.theta);
    const moments = batches.map((x) => {
      const traces = x.map((row) => forward(this.#net, weights, row));
      return this.#net.layers.map((_, i) => m.secondMoment(traces.map((trace) => trace[i].a)));
    });
    this.#start(this.#net.layers.map((_, i) => {
      const size = moments[0][i].length;
      return m.build(
        size,
        size,
        (r, c) => moments.reduce((sum, moment) => sum + moment[i][r][c], 0) / moments.length,
      );
    }));
  }

  /** Takes one step; returns the loss before it. */
  step(x: m.Rows, y: m.Rows): number {
    const settings = this.#settings, k = this.#step;
    const root = Math.sqrt(at(settings.damping, k));
    const weights = unflatten(this.#net, this.theta);
    const before = evaluate(this.#net, this.#loss, weights, x, y);
    const isCold = this.sites.length === 0;
    if (isCold) this.#start(before.sites.map(({ inputs }) => m.secondMoment(inputs)));

    const gradient = regularized(flatten(before.gradient), this.theta, at(settings.l2, k));
    const moved = momentumStep(settings.momentum, this.momentum, gradient);
    this.momentum = moved.memory;
    const direction = unflatten(this.#net, moved.direction).map((block, i) => {
      const { outputInverse, inputInverse } = this.sites[i];
      return m.multiply(m.multiply(outputInverse, block), inputInverse);
    });
    this.theta = updated(this.theta, flatten(direction), settings, k);
    const after = evaluate(this.#net, this.#loss, unflatten(this.#net, this.theta), x, y);
    for (const [i, site] of this.sites.entries()) {
      this.#updateOutput(site, before.sites[i], after.sites[i], root);
      this.#updateInput(site, before.sites[i], root, !isCold && k > 0);
    }
    this.#step++;
    return before.loss;
  }

  #start(factors: readonly m.Rows[]): void {
    const root = Math.sqrt(at(this.#settings.damping, 0));
    this.sites = factors.map((factor, i) => {
      const { units } = this.#net.layers[i];
      return {
        inputInverse: m.inverse(m.combine(1, factor, root, m.identity(factor.length))),
        outputInverse: m.identity(units),
        inputFactor: factor,
        s: new Array(units).fill(0),
        y: new Array(units).fill(0),
        pairs: [],
      };
    });
  }

  #updateOutput(site: KBfgsOracleSite, before: SiteRows, after: SiteRows, mu2: number): void {
    const { decay, mode, memory } = this.#settings;
    const average = (old: number[], from: m.Rows, to: m.Rows): number[] => {
      const [start, end] = [m.columnMeans(from), m.columnMeans(to)];
      return old.map((v, i) => decay * v + (1 - decay) * (end[i] - start[i]));
    };
    site.s = average(site.s, before.outputs, after.outputs);
    site.y = average(site.y, before.outputGradients, after.outputGradients);
    const damp = mode === "2020" ? doubleDampingOracle : powellShiftOracle;
    const { pair, theta1, theta2 } = damp(site.outputInverse, [site.s, site.y], mu2);
    if (theta1 < 1) this.damped.powell++;
    if (theta2 < 1) this.damped.second++;
    if (!this.#accepts(pair, m.columnMeans(before.outputGradients))) return;
    if (memory === undefined) site.outputInverse = inverseBfgs(site.outputInverse, pair);
    else {
      site.pairs = [...site.pairs, pair].slice(-memory);
      site.outputInverse = inverseFromPairs(site.s.length, site.pairs);
    }
  }

  #updateInput(
    site: KBfgsOracleSite,
    { inputs }: SiteRows,
    damping: number,
    blends: boolean,
  ): void {
    const { decay, mode } = this.#settings;
    const fresh = m.secondMoment(inputs);
    if (mode === "improved") site.inputFactor = fresh;
    else if (blends) site.inputFactor = m.combine(decay, site.inputFactor, 1 - decay, fresh);
    const mean = m.columnMeans(inputs);
    const s = m.apply(site.inputInverse, mean);
    const y = m.apply(site.inputFactor, s).map((v, i) => v + damping * s[i]);
    if (this.#accepts([s, y], mean)) site.inputInverse = inverseBfgs(site.inputInverse, [s, y]);
  }

  /** The skip rules; the relative one belongs to the 2020 code. */
  #accepts([s, y]: Pair, reference: readonly number[]): boolean {
    const product = m.dot(s, y);
    const enough = 1e-4 * m.dot(s, s) * Math.sqrt(m.dot(reference, reference));
    const accepted = product > 0 && (this.#settings.mode === "improved" || product > enough);
    if (!accepted) this.skipped++;
    return accepted;
  }
}
