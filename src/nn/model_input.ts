// What a model takes: the shape and dtype of its inputs, lengths of sequences, indices, and whole batches where samples meet.
import { firstNonFinite } from "../ops/vector.ts";
import type { DType } from "../runtime/dtype.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import type { Shape } from "../tensor/shape.ts";
import { checkTensor, type Tensor } from "../tensor/tensor.ts";
import { checkIndices } from "./input_indices.ts";
import { checkInputShape } from "./input_shape.ts";
import type { Layer } from "./layers/layer.ts";
import type { Coupling } from "./layers/layer_state.ts";
import { checkLengths, planSteps, type StepPlan } from "./pass/packing.ts";

/** Valid time steps of each sequence of a batch, and how time steps go through the layers. */
export interface UnequalLengths {
  readonly lengths: ArrayLike<number>;
  readonly plan: StepPlan;
}

/** What is known of a model's inputs. */
interface InputDescription {
  /** Of one sample. */
  readonly shape: Shape;
  readonly dtype: DType;
  readonly layers: readonly Layer[];
  /** How many indices there are, where inputs are such. */
  readonly indexCount: number | undefined;
  /** How samples meet in training; undefined where they do not. */
  readonly coupling: Coupling | undefined;
}

/** Checks what comes into a model. */
export class ModelInput {
  readonly #description: InputDescription;
  #plan: StepPlan | undefined;

  /** Checks nothing yet. */
  constructor(description: InputDescription) {
    this.#description = description;
  }

  /** Refuses input or lengths that do not suit the model; gives lengths that are not as none. */
  check(action: string, input: Tensor, lengths?: ArrayLike<number>): UnequalLengths | undefined {
    const { shape, indexCount } = this.#description;
    checkTensor(action, "the input", input);
    checkInputShape(action, input.shape, shape);
    this.checkDType(action, "input", input);
    const index = firstNonFinite(input);
    if (index >= 0) {
      throw new NonFiniteError(action, `input element ${index}`, undefined, { isInData: true });
    }
    const unequal = this.#unequalLengths(action, input, lengths);
    if (indexCount !== undefined) checkIndices(action, input, indexCount, unequal?.lengths);
    return unequal;
  }

  /** Refuses a tensor of another dtype than the model's. */
  checkDType(action: string, what: string, { dtype }: Tensor): void {
    const { dtype: own } = this.#description;
    if (dtype === own) return;
    throw new TypeError(
      `Cannot ${action}: the ${what} is ${dtype}, the model ${own}: ` +
        `cast(${what}, "${own}"), or make the model with dtype: "${dtype}"`,
    );
  }

  /** Refuses a training batch that is not whole, or too small, where samples meet. */
  checkTraining(action: string, { shape: [samples] }: Tensor, firstSample?: number): void {
    const { coupling } = this.#description;
    if (!coupling) return;
    const { layer, leastSamples } = coupling;
    if (firstSample !== undefined) {
      throw new TypeError(
        `Cannot ${action} a part of a training batch, as firstSample says: its samples meet in ${layer}`,
      );
    }
    if (samples >= leastSamples) return;
    throw new RangeError(
      `Cannot ${action}: ${layer} needs ${leastSamples} samples or more in training, there is ${samples}`,
    );
  }

  /**
   * Lengths with how time steps go through the layers; undefined where all sequences have all steps, which is as if there
   * were no lengths. Refuses what are none, and a model in which steps meet.
   */
  #unequalLengths(
    action: string,
    input: Tensor,
    lengths: ArrayLike<number> | undefined,
  ): UnequalLengths | undefined {
    if (lengths === undefined) return undefined;
    const { layers, shape } = this.#description;
    const plan = this.#plan ??= planSteps(action, layers, shape);
    checkLengths(action, lengths, input.shape[0], plan.steps);
    const areFull = Array.prototype.every.call(lengths, (length) => length === plan.steps);
    return areFull ? undefined : { lengths, plan };
  }
}

/** The lengths of so many samples, from one on. */
export function lengthsFrom(
  { lengths, plan }: UnequalLengths,
  first: number,
  count: number,
): UnequalLengths {
  return { lengths: Array.from({ length: count }, (_, i) => lengths[first + i]), plan };
}
