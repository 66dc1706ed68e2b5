import { checkNumber, checkOptions, namesOf } from "../runtime/arguments.ts";
import type { StopRule } from "./stop_rule.ts";

/** Options of `martens()`. */
export interface MartensOptions {
  /** Least progress for each iteration of the window, relative to what was reached. @default 5e-4 */
  readonly tolerance?: number;
  /** Iterations of the window as a share of those made. @default 0.1 */
  readonly share?: number;
  /** Least iterations of the window. @default 10 */
  readonly window?: number;
  /** Iterations before which the rule does not stop. @default 1 */
  readonly minimumIterations?: number;
}

const NAMES = namesOf<MartensOptions>({
  tolerance: true,
  share: true,
  window: true,
  minimumIterations: true,
});

/**
 * Stops conjugate gradients when the quadratic model hardly falls any more.
 *
 * After i iterations the window is k = max(window, ceil(share i)); it stops when φ was negative k
 * iterations ago and (φ_i - φ_{i-k}) / φ_i < k tolerance, φ = ½ xᵀA x - bᵀx. A residual says little about
 * how good a direction is for optimization; φ is the very model that the direction minimizes.
 *
 * Source: Martens 2010, "Deep learning via Hessian-free optimization", section 4.4, and his program, from
 * which the condition that φ was negative comes: a start worse than zero is not progress.
 *
 * @throws {TypeError} when an option is not a number.
 * @throws {RangeError} when an option is negative or not finite.
 *
 * @example
 * ```ts
 * import { cg, diagonal, martens, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor(Float64Array.from({ length: 500 }, (_, i) => 1 + i));
 * using b = tensor(new Float64Array(500).fill(1));
 * using solution = cg(diagonal(d), b, { tolerance: 1e-6, stop: martens() });
 * assertEquals(solution.status, "stopped");
 * ```
 */
export function martens(options: MartensOptions = {}): StopRule {
  checkOptions("make a stop rule", options, NAMES);
  const { tolerance = 5e-4, share = 0.1, window = 10, minimumIterations = 1 } = options;
  for (const [name, value] of Object.entries({ tolerance, share, window, minimumIterations })) {
    checkNumber("make a stop rule", name, value, "non-negative");
  }
  const isSatisfied = (phi: readonly number[]): boolean => {
    const i = phi.length - 1, k = Math.max(window, Math.ceil(share * i));
    if (i <= k || i < minimumIterations) return false;
    const before = phi[i - k];
    return before < 0 && (phi[i] - before) / phi[i] < k * tolerance;
  };
  return Object.freeze({ isSatisfied });
}
