import { updated, type UpdateSettings } from "./update.ts";

/** Settings of the oracle. */
export interface AdamOracleSettings extends UpdateSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Kingma & Ba 2015, algorithm 1, with decoupled decay as in Loshchilov & Hutter 2019, algorithm 2. */
export class AdamOracle {
  theta: number[];
  first: number[];
  second: number[];
  #step = 0;
  readonly #settings: AdamOracleSettings;

  constructor(theta: ArrayLike<number>, settings: AdamOracleSettings) {
    this.theta = Array.from(theta);
    this.first = this.theta.map(() => 0);
    this.second = this.theta.map(() => 0);
    this.#settings = settings;
  }

  /** Takes one step along a regularized gradient. */
  step(gradient: readonly number[]): void {
    const { beta1, beta2, epsilon } = this.#settings;
    const t = this.#step + 1;
    this.first = this.first.map((m, i) => beta1 * m + (1 - beta1) * gradient[i]);
    this.second = this.second.map((v, i) => beta2 * v + (1 - beta2) * gradient[i] ** 2);
    const direction = this.first.map((m, i) =>
      m / (1 - beta1 ** t) / (Math.sqrt(this.second[i] / (1 - beta2 ** t)) + epsilon)
    );
    this.theta = updated(this.theta, direction, this.#settings, this.#step++);
  }
}
