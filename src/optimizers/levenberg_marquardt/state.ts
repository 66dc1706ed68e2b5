import type { Model } from "../../nn/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Damping, startDamping } from "../damping_schedule.ts";
import { OptimizerState } from "../optimizer.ts";
import type { LevenbergMarquardtSettings } from "./settings.ts";

/** What validation has come to. */
export interface Validation {
  /** The best loss. */
  readonly best: number;
  /** Accepted steps since. */
  readonly failures: number;
}

/** In the place of `failures` before anything was validated. */
const NONE_YET = -1;

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

  /** Parameters with the best validation loss (P), where there is a patience. */
  readonly bestParameters: Tensor | undefined;

  /** Begins with the damping of the settings. */
  constructor(
    model: Model,
    { rule, initialDamping: damping, patience }: LevenbergMarquardtSettings,
  ) {
    super(model);
    const shape = [model.parameterCount];
    this.gradient = this.workspace(shape);
    this.preciseGradient = this.workspace(shape, "float64");
    this.direction = this.workspace(shape, "float64");
    this.parametersBefore = this.workspace(shape);
    this.damping = startDamping(rule, damping);
    if (patience > 0) {
      this.bestParameters = this.remember("bestParameters", shape);
      this.validation = { best: 0, failures: NONE_YET };
    }
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

  /** The best validation loss, and the accepted steps since; undefined before the first. */
  get validation(): Validation | undefined {
    const { numbers } = this;
    const failures = numbers.get("validationFailures") ?? NONE_YET;
    return failures === NONE_YET
      ? undefined
      : { best: numbers.get("validationBest") ?? 0, failures };
  }

  /** Remembers them. */
  set validation({ best, failures }: Validation) {
    this.numbers.set("validationBest", best);
    this.numbers.set("validationFailures", failures);
  }
}
