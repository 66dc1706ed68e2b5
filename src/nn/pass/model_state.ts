// What the layers of a model keep besides parameters, and what it becomes once a step stands.
import { copy, firstNonFinite } from "../../ops/vector.ts";
import type { DType } from "../../runtime/dtype.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type LayerState, makeState, type StateDescription } from "../layers/layer_state.ts";

/** A tensor that a layer keeps, as files know it. */
export interface KeptTensor {
  /** Its name, for example "1.running_mean". */
  readonly name: string;
  /** Its elements, live. */
  readonly value: Tensor;
  /** True for a count. */
  readonly isCount: boolean;
}

/** The state of all layers. */
export class ModelState {
  /** In the order of the layers. */
  readonly kept: readonly KeptTensor[];
  /** The same with their successors, as layers are bound to them. */
  readonly all: readonly LayerState[];
  #isPrepared = false;

  /** Makes them as they are at first. */
  constructor(
    described: readonly StateDescription[],
    dtype: DType,
    own: (made: Tensor) => Tensor,
  ) {
    this.all = described.map((state) => makeState(state, dtype, own));
    this.kept = Object.freeze(
      described.map(({ name, isCount = false }, i) =>
        Object.freeze({ name, isCount, value: this.all[i].value })
      ),
    );
  }

  /** Has the successors written, which those prepared before do not outlive; refuses what is not finite. */
  prepare(write: (() => void) | undefined): void {
    this.#isPrepared = false;
    if (!write) return;
    write();
    for (const [i, { next }] of this.all.entries()) {
      if (firstNonFinite(next) < 0) continue;
      throw new NonFiniteError("take a step", `the next "${this.kept[i].name}"`);
    }
    this.#isPrepared = true;
  }

  /** Makes the successors that were prepared the state; false where there are none. */
  commit(): boolean {
    if (!this.#isPrepared) return false;
    this.#isPrepared = false;
    for (const { value, next } of this.all) copy(next, value);
    return true;
  }
}
