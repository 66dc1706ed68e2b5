import type { Model } from "../../nn/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { EaCurvatureState } from "../ea_cg/state.ts";
import type { KfiSettings } from "./settings.ts";

/** State of KFI: one site after the other is factored in the same memory. */
export class KfiState extends EaCurvatureState {
  /** A + π√γ I of one site, then its factor (D², the widest). */
  readonly inputFactor: Tensor;
  /** H̄ + √γ/π I of one site, then its factor (O², the widest). */
  readonly outputFactor: Tensor;

  /** Allocates everything. */
  constructor(model: Model, settings: KfiSettings) {
    super(model, settings, "kfi");
    const [rows, columns] = [this.largest(model, 0), this.largest(model, 1)];
    this.inputFactor = this.workspace([columns * columns]);
    this.outputFactor = this.workspace([rows * rows]);
  }
}
