import type { Model } from "../../nn/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Damping, startDamping } from "../damping_schedule.ts";
import { OptimizerState } from "../optimizer.ts";
import type { LevenbergMarquardtSettings } from "./settings.ts";

/** λ with its growth, and vectors for one step. */
export class LevenbergMarquardtState extends OptimizerState {
  /** The gradient in the model's dtype (P). */
  readonly gradient: Tensor;
  /** The gradient in float64 (P). */
  readonly preciseGradient: Tensor;
  /** The step d in float64 (P). */
  readonly direction: Tensor;
  /** The parameters before the step (P). */
  readonly parametersBefore: Tensor;

  /** Begins with the damping of the settings. */
  constructor(model: Model, { rule, damping }: LevenbergMarquardtSettings) {
    super(model);
    const shape = [model.parameterCount];
    this.gradient = this.workspace(shape);
    this.preciseGradient = this.workspace(shape, "float64");
    this.direction = this.workspace(shape, "float64");
    this.parametersBefore = this.workspace(shape);
    this.damping = startDamping(rule, damping);
  }

  /** λ and the factor of its next rise. */
  get damping(): Damping {
    const { numbers } = this;
    return { value: numbers.get("damping") ?? 0, growth: numbers.get("growth") ?? 0 };
  }

  /** Remembers them. */
  set damping({ value, growth }: Damping) {
    this.numbers.set("damping", value);
    this.numbers.set("growth", growth);
  }
}
