import type { Model } from "../../nn/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { EaCurvatureState } from "../ea_cg/state.ts";
import type { KfiSettings } from "./settings.ts";

/** State of KFI: one site after the other is factored in the same memory. */
export class KfiState extends EaCurvatureState {
  /** H̄ + √γ/π I of one site, then its factor (O², the widest). */
  readonly outputFactor: Tensor;

  /** Allocates what does not depend on the batch. */
  constructor(model: Model, settings: KfiSettings) {
    super(model, settings, "kfi");
    const widest = this.largest(model, 0);
    this.outputFactor = this.workspace([widest * widest]);
  }
}
