// What a solve hands out is never worse than what it has seen: of the iterates whose residual was computed from x itself
// the best is kept.
import type { LinearMap } from "../linalg/operator.ts";
import { copy } from "../ops/vector.ts";
import { machineEpsilon } from "../runtime/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { normOfResidual } from "./_system.ts";

/** The best iterate of one solve. */
export class BestIterate {
  readonly #op: LinearMap;
  readonly #b: Tensor;
  readonly #x: Tensor;
  readonly #kept: Tensor;
  readonly #slack: number;
  readonly #far: number;
  #norm = Infinity;

  /** Keeps copies of x in `kept`. */
  constructor(op: LinearMap, b: Tensor, x: Tensor, kept: Tensor) {
    this.#op = op;
    this.#b = b;
    this.#x = x;
    this.#kept = kept;
    // Near a minimum residuals differ by rounding alone, and later iterates are the better ones.
    const root = Math.sqrt(machineEpsilon(op.dtype));
    this.#slack = 1 + root;
    // Conjugate gradients let it rise by √κ; half of the digits of x are left for κ up to 1/√ε.
    this.#far = 1 / Math.sqrt(root);
  }

  /** Keeps x, whose residual has this norm. */
  keep(residualNorm: number): void {
    this.#norm = residualNorm;
    copy(this.#x, this.#kept);
  }

  /** Keeps x where its residual by recurrence is half of that of the best: copies are not for free. */
  offer(residualNorm: number): void {
    if (2 * residualNorm <= this.#norm) this.keep(residualNorm);
  }

  /** True for a residual by which the solve has left its way: so far above the best no system takes it that can be solved. */
  isFarBelow(residualNorm: number): boolean {
    return residualNorm > this.#far * this.#norm;
  }

  /** r = b - A x, of which it returns the norm; where that is worse than the best, x becomes that one. */
  settle(r: Tensor): number {
    const present = this.#residualInto(r);
    if (present <= this.#slack * this.#norm) {
      this.keep(present);
      return present;
    }
    copy(this.#kept, this.#x);
    return present < Infinity ? this.#residualInto(r) : present;
  }

  #residualInto(r: Tensor): number {
    return normOfResidual(this.#op, this.#x, this.#b, r);
  }
}
