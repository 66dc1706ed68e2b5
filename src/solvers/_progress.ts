// What all iterations share: when to end, what to remember, and that "converged" is never a guess.
import { maxAbs, norm } from "../ops/vector.ts";
import { machineEpsilon } from "../runtime/dtype.ts";
import type { HostSignal } from "../runtime/host_types.ts";
import type { LinearMap } from "../linalg/operator.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Solution, SolverOptions, SolverStatus } from "./solver.ts";

const LARGEST = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE };

/** A restart from the true residual must at least halve it, or rounding has the last word. */
const STALL = 0.5;

/** Condition number, in units of 1/ε, from which on a matrix counts as singular: that of minres.m. */
const SINGULAR = 0.1;

/** The state of one solve. */
export class Progress {
  /** Iterations completed. */
  iterations = 0;
  /** |b - A x| of the present x, true or by recurrence. */
  residualNorm = Infinity;
  /** True while `residualNorm` is computed from x itself. */
  isExact = false;
  /** The status that an event within an iteration has decided. */
  verdict: SolverStatus | undefined;
  /** |A| at least, where a solver knows it. */
  operatorNorm = 0;
  /** |Aᵀ(b - A x)| that counts as none, where a solver knows one. */
  normalThreshold: number | undefined;
  /** Values ½ xᵀA x - bᵀx, where a solver records them. */
  readonly phi: number[] = [];
  /** The residual norm that counts as converged. */
  readonly threshold: number;
  /** Relative tolerance. */
  readonly tolerance: number;
  readonly #maxIterations: number;
  readonly #signal: HostSignal | undefined;
  readonly #residualNorms: number[] | undefined;
  readonly #largest: number;
  readonly #epsilon: number;
  #ending: SolverStatus | undefined;
  #reach = 0;
  #verified = Infinity;

  /** Takes the limits from the options, for b of the system. */
  constructor({ columns, dtype }: LinearMap, b: Tensor, options: SolverOptions) {
    this.tolerance = options.tolerance ?? Math.sqrt(machineEpsilon(dtype));
    this.threshold = Math.max(this.tolerance * norm(b), options.absoluteTolerance ?? 0);
    this.#maxIterations = options.maxIterations ?? 2 * columns;
    this.#signal = options.signal;
    this.#residualNorms = options.history ? [] : undefined;
    this.#largest = LARGEST[dtype];
    this.#epsilon = machineEpsilon(dtype);
  }

  /** Notes a residual that was computed from x itself. */
  verify(residualNorm: number): void {
    this.residualNorm = residualNorm;
    this.isExact = true;
    if (this.#claims()) return;
    if (residualNorm > STALL * this.#verified) this.verdict ??= "breakdown";
    this.#verified = residualNorm;
  }

  /** Notes that the solve is over, and the residual of the x that it hands out, computed from that. */
  conclude(residualNorm: number): void {
    const { status = "max-iterations" } = this;
    this.residualNorm = residualNorm;
    this.isExact = true;
    const mayConverge = status === "max-iterations" || status === "breakdown";
    if (!(residualNorm < Infinity)) this.#ending = "non-finite";
    else this.#ending = mayConverge && this.#claims() ? "converged" : status;
  }

  /** Notes that x, whose residual has this norm, minimizes it if |Aᵀ(b - A x)| is small enough. */
  verifyLeastSquares(residualNorm: number, normalNorm: number, operatorNorm: number): void {
    if (this.claimsLeastSquares(residualNorm, normalNorm, operatorNorm)) {
      this.verdict = "least-squares";
    }
  }

  /** Notes where a solve starts: x0, and the residual there. */
  begin(x: Tensor, residualNorm: number): void {
    this.#reach = maxAbs(x);
    this.verify(residualNorm);
    this.#residualNorms?.push(residualNorm);
  }

  /** Notes a completed iteration and its residual by recurrence. */
  advance(residualNorm: number): void {
    this.iterations++;
    this.residualNorm = residualNorm;
    this.isExact = false;
    this.#residualNorms?.push(residualNorm);
  }

  /** True when the recurrence says that x is good enough, or has a residual below the rounding of A x: to be verified. */
  get needsVerification(): boolean {
    const rounding = this.#epsilon * this.operatorNorm * this.#reach;
    return !this.isExact && (this.#claims() || this.residualNorm <= rounding);
  }

  /** True when |Aᵀ(b - A x)| ≤ tolerance |A| |b - A x|, or the threshold. */
  claimsLeastSquares(residualNorm: number, normalNorm: number, operatorNorm: number): boolean {
    const threshold = this.tolerance * operatorNorm * residualNorm;
    return normalNorm <= Math.max(threshold, this.normalThreshold ?? 0);
  }

  /**
   * True for a step from which x gets longer and nothing else: what it takes off a norm that the solver minimizes, `gain` of
   * `size`, is less than the rounding of `factor` times the step, which is how the step enters there. Only b out of reach
   * of a matrix that is singular to working precision leads to such steps.
   */
  isIdle(gain: number, size: number, factor: number, length: number, extent: number): boolean {
    const step = Math.abs(length) * extent;
    return step >= this.#reach && factor * step >= size && gain <= this.#epsilon * factor * step;
  }

  /** True for an estimate of the condition number beyond which a matrix is singular to working precision. */
  isSingular(condition: number): boolean {
    return this.#epsilon * condition >= SINGULAR;
  }

  /** True when `gain` is less than the rounding of `size`. */
  isLost(gain: number, size: number): boolean {
    return gain <= this.#epsilon * size;
  }

  /** False when x + length direction, whose largest element is `extent`, could leave the range of the dtype. */
  canStep(length: number, extent: number): boolean {
    this.#reach += Math.abs(length) * extent;
    if (Math.abs(length) <= this.#largest && this.#reach <= this.#largest) return true;
    this.verdict = "non-finite";
    return false;
  }

  /** False, and "non-finite", when a scalar of the iteration is not finite. */
  isFinite(scalar: number): boolean {
    if (Math.abs(scalar) < Infinity) return true;
    this.verdict = "non-finite";
    return false;
  }

  /** False when a scalar that is positive in theory is not: "breakdown", or "non-finite". */
  isUsable(scalar: number): boolean {
    if (this.isFinite(scalar) && !(scalar > 0)) this.verdict = "breakdown";
    return scalar > 0 && scalar < Infinity;
  }

  /** The termination table. */
  get status(): SolverStatus | undefined {
    if (this.#ending) return this.#ending;
    if (this.isExact && this.#claims()) return "converged";
    if (this.verdict) return this.verdict;
    if (!(this.residualNorm < Infinity)) return "non-finite";
    if (this.#signal?.aborted) return "aborted";
    if (this.iterations >= this.#maxIterations) return "max-iterations";
    return undefined;
  }

  /** What every solution says of itself. */
  outcome(x: Tensor): Solution {
    const { status = "max-iterations", iterations, residualNorm, phi } = this;
    const residualNorms = this.#residualNorms;
    const history = residualNorms && { history: { residualNorms, phi } };
    return { x, status, iterations, residualNorm, ...history };
  }

  #claims(): boolean {
    return this.residualNorm <= this.threshold;
  }
}
