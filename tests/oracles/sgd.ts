import { momentumStep, type OracleMomentum, updated, type UpdateSettings } from "./update.ts";

/** Settings of the oracle. */
export interface SgdOracleSettings extends UpdateSettings {
  readonly momentum: OracleMomentum;
}

/** Stochastic gradient descent with momentum, over a flat vector and given gradients. */
export class SgdOracle {
  theta: number[];
  memory: number[];
  #step = 0;
  readonly #settings: SgdOracleSettings;

  constructor(theta: ArrayLike<number>, settings: SgdOracleSettings) {
    this.theta = Array.from(theta);
    this.memory = this.theta.map(() => 0);
    this.#settings = settings;
  }

  /** Takes one step along a regularized gradient. */
  step(gradient: readonly number[]): void {
    const { memory, direction } = momentumStep(this.#settings.momentum, this.memory, gradient);
    this.memory = memory;
    this.theta = updated(this.theta, direction, this.#settings, this.#step++);
  }
}
