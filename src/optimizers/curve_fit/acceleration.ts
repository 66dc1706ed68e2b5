// Geodesic acceleration: a step s becomes s + ½ a, where (JᵀJ + λ) a = -Jᵀ f_ss and f_ss is how the curve bends along s.
//
// Source: Transtrum & Sethna 2012, "Improvements to the Levenberg-Marquardt algorithm for nonlinear least-squares
// minimization". Deviation: where a is too long, s is tried without it instead of a shorter s.
import type { DampedLeastSquares } from "../../linalg/damped_least_squares.ts";
import { type CurveData, residuals } from "./problem.ts";

/** Move along s in the second difference, in units of s: the paper's. */
const DIFFERENCE_STEP = 0.1;

/** What a step was solved from. */
export interface StepOrigin {
  readonly parameters: readonly number[];
  /** Residuals there (m). */
  readonly r: Float64Array;
  /** What each parameter is multiplied by (n). */
  readonly scale: Float64Array;
  /** √λ (n). */
  readonly shift: Float64Array;
}

/** Corrections of steps, with their workspace. */
export class Bend<X> {
  readonly #data: CurveData<X>;
  readonly #system: DampedLeastSquares;
  readonly #limit: number;
  readonly #above: Float64Array;
  readonly #below: Float64Array;
  readonly #a: Float64Array;

  /** Corrects where 2 ‖a‖ ≤ limit ‖s‖. */
  constructor(data: CurveData<X>, system: DampedLeastSquares, limit: number) {
    this.#data = data;
    this.#system = system;
    this.#limit = limit;
    this.#above = new Float64Array(system.rows);
    this.#below = new Float64Array(system.rows);
    this.#a = new Float64Array(system.columns);
  }

  /** Adds ½ a to the scaled step, or leaves it where a is too long or not finite. */
  correct(origin: StepOrigin, step: Float64Array): void {
    const { r, shift } = origin;
    const above = this.#above, below = this.#below, a = this.#a;
    this.#residualsAt(origin, step, DIFFERENCE_STEP, above);
    this.#residualsAt(origin, step, -DIFFERENCE_STEP, below);
    const factor = 1 / (DIFFERENCE_STEP * DIFFERENCE_STEP);
    for (let i = 0; i < r.length; i++) above[i] = factor * (above[i] - 2 * r[i] + below[i]);
    this.#system.solve(shift, a, this.#system.reflect(above));
    let squares = 0, stepSquares = 0;
    for (let j = 0; j < a.length; j++) {
      squares += a[j] * a[j];
      stepSquares += step[j] * step[j];
    }
    if (!(4 * squares <= this.#limit * this.#limit * stepSquares)) return;
    for (let j = 0; j < a.length; j++) step[j] += a[j] / 2;
  }

  #residualsAt(
    { parameters, scale }: StepOrigin,
    step: Float64Array,
    factor: number,
    out: Float64Array,
  ): void {
    const moved = parameters.map((p, j) => p + (scale[j] > 0 ? factor * step[j] / scale[j] : 0));
    residuals(this.#data, moved, out);
  }
}
