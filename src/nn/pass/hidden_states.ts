// What products may do with the hidden states of recurrent layers: hold down what a tangent moves them by.
import { axpy } from "../../ops/vector.ts";
import { checkFunction, checkNumber } from "../../runtime/arguments.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { HiddenDamping } from "../layers/layer.ts";

/** The hidden states of all layers of one linearization that have some. */
export class HiddenStates {
  readonly #clearPadding: (t: Tensor) => void;
  #damping: HiddenDamping | undefined;

  /** Knows how padding is cleared of tensors (B, T, …). */
  constructor(clearPadding: (t: Tensor) => void) {
    this.#clearPadding = clearPadding;
  }

  /** What the reverse sweep that runs adds to their cotangents; undefined for nothing. */
  get damping(): HiddenDamping | undefined {
    return this.#damping;
  }

  /**
   * Runs a `vjp()` that adds `factor` J_hᵀ J_h v to its result, v the direction of the last `jvp()` and J_h the Jacobian of
   * all hidden states: their cotangents get `factor` times what that moved them by.
   *
   * @throws {TypeError} when `factor` is not a number, or `pull` not a function.
   * @throws {RangeError} when `factor` is not finite.
   */
  damp<T>(factor: number, pull: () => T): T {
    checkNumber("damp hidden states", "the factor", factor);
    checkFunction("damp hidden states", "pull", pull);
    this.#damping = (tangent, cotangent) => {
      this.#clearPadding(tangent);
      axpy(factor, tangent, cotangent);
    };
    try {
      return pull();
    } finally {
      this.#damping = undefined;
    }
  }
}
