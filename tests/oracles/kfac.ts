// K-FAC with dense matrices: A = mean a aᵀ, G = mean g gᵀ, step (G + λ_G I)^-1 M (A + λ_A I)^-1.
import type { LossOracle } from "./loss_derivatives.ts";
import * as m from "./matrices.ts";
import { evaluate, flatten, type Mlp, siteCotangents, unflatten } from "./mlp.ts";
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
export interface KfacOracleSettings extends UpdateSettings {
  readonly damping: OracleSchedule;
  readonly split: "pi" | "plain";
  readonly fisher: "sampled" | "empirical" | "exact";
  readonly momentum: OracleMomentum;
  readonly decay: number;
  readonly factorInterval: number;
  readonly inverseInterval: number;
  readonly warmupSteps: number;
}

/** One site: both factors and both damped inverses. */
export interface KfacOracleSite {
  inputFactor: m.Rows;
  outputFactor: m.Rows;
  inputInverse: m.Rows;
  outputInverse: m.Rows;
}

interface Moments {
  readonly inputs: m.Rows[];
  readonly outputs: m.Rows[];
}

/** The whole method; sampled targets are given from outside. */
export class KfacOracle {
  theta: number[];
  momentum: number[];
  sites: KfacOracleSite[];
  #step = 0;
  #seen = 0;
  readonly #net: Mlp;
  readonly #loss: LossOracle;
  readonly #settings: KfacOracleSettings;

  constructor(net: Mlp, loss: LossOracle, theta: ArrayLike<number>, settings: KfacOracleSettings) {
    this.#net = net;
    this.#loss = loss;
    this.#settings = settings;
    this.theta = Array.from(theta);
    this.momentum = this.theta.map(() => 0);
    this.sites = net.layers.map(() => ({
      inputFactor: [],
      outputFactor: [],
      inputInverse: [],
      outputInverse: [],
    }));
  }

  /** Uniform averages of both factors over mini-batches. */
  warmStart(batches: readonly { x: m.Rows; y: m.Rows; sampled?: m.Rows | undefined }[]): void {
    for (const { x, y, sampled } of batches) {
      const fresh = 1 / (this.#seen + 1);
      this.#absorb(this.#moments(x, y, sampled), fresh);
    }
  }

  /** Takes one step; returns the loss before it. */
  step(x: m.Rows, y: m.Rows, sampled?: m.Rows): number {
    const settings = this.#settings, k = this.#step;
    const before = evaluate(this.#net, this.#loss, unflatten(this.#net, this.theta), x, y);
    if (this.#seen === 0 || k % settings.factorInterval === 0) {
      this.#absorb(this.#moments(x, y, sampled), this.#seen === 0 ? 1 : 1 - settings.decay);
    }
    if (k < settings.warmupSteps || k % settings.inverseInterval === 0) {
      for (const site of this.sites) this.#invert(site, Math.sqrt(at(settings.damping, k)));
    }
    const gradient = regularized(flatten(before.gradient), this.theta, at(settings.l2, k));
    const moved = momentumStep(settings.momentum, this.momentum, gradient);
    this.momentum = moved.memory;
    const direction = unflatten(this.#net, moved.direction).map((block, i) => {
      const { outputInverse, inputInverse } = this.sites[i];
      return m.multiply(m.multiply(outputInverse, block), inputInverse);
    });
    this.theta = updated(this.theta, flatten(direction), settings, k);
    this.#step++;
    return before.loss;
  }

  #invert(site: KfacOracleSite, root: number): void {
    const meanEigenvalue = (a: m.Rows): number =>
      a.reduce((sum, row, i) => sum + row[i], 0) / a.length;
    const ratio = meanEigenvalue(site.inputFactor) / meanEigenvalue(site.outputFactor);
    const pi = this.#settings.split === "pi" ? Math.sqrt(ratio) : 1;
    const damped = (a: m.Rows, by: number): m.Rows =>
      m.inverse(m.combine(1, a, by, m.identity(a.length)));
    site.inputInverse = damped(site.inputFactor, root * pi);
    site.outputInverse = damped(site.outputFactor, root / pi);
  }

  #absorb({ inputs, outputs }: Moments, fresh: number): void {
    const blend = (old: m.Rows, moment: m.Rows): m.Rows =>
      this.#seen === 0 ? moment : m.combine(1 - fresh, old, fresh, moment);
    for (const [i, site] of this.sites.entries()) {
      site.inputFactor = blend(site.inputFactor, inputs[i]);
      site.outputFactor = blend(site.outputFactor, outputs[i]);
    }
    this.#seen++;
  }

  #moments(x: m.Rows, y: m.Rows, sampled?: m.Rows): Moments {
    const weights = unflatten(this.#net, this.theta);
    const { sites, outputs } = evaluate(this.#net, this.#loss, weights, x, y);
    const cotangents = this.#outputCotangents(outputs, y, sampled);
    const moments = cotangents.map((rows) =>
      siteCotangents(this.#net, weights, x, rows).map(m.secondMoment)
    );
    return {
      inputs: sites.map((site) => m.secondMoment(site.inputs)),
      outputs: sites.map((_, i) =>
        moments.reduce(
          (sum, moment) => m.combine(1, sum, 1, moment[i]),
          m.build(moments[0][i].length, moments[0][i].length, () => 0),
        )
      ),
    };
  }

  /** One set of output gradients, or for "exact" one for each column of a root of the Hessian. */
  #outputCotangents(outputs: m.Rows, y: m.Rows, sampled?: m.Rows): m.Rows[] {
    const loss = this.#loss, { fisher } = this.#settings;
    if (fisher !== "exact") {
      const targets = fisher === "sampled" ? sampled ?? [] : y;
      return [outputs.map((z, n) => loss.gradient(z, targets[n]))];
    }
    const width = outputs[0].length;
    const roots = outputs.map((z, n) => {
      const hessian = m.identity(width).map((unit) => loss.hessianProduct(z, y[n], unit));
      return symmetricRoot(hessian);
    });
    return Array.from({ length: width }, (_, c) => roots.map((root) => root.map((row) => row[c])));
  }
}

/** Some S with S Sᵀ = a for a positive semidefinite a: Cholesky that passes over vanishing pivots. */
function symmetricRoot(a: m.Rows): m.Rows {
  const n = a.length, l = m.identity(n, 0);
  const negligible = 1e-14 * Math.max(...a.map((row, i) => row[i]));
  for (let j = 0; j < n; j++) {
    const pivot = a[j][j] - m.dot(l[j], l[j]);
    if (pivot <= negligible) continue;
    l[j][j] = Math.sqrt(pivot);
    for (let i = j + 1; i < n; i++) l[i][j] = (a[i][j] - m.dot(l[i], l[j])) / l[j][j];
  }
  return l;
}
