import { checkBoolean, checkNamed, checkWhole, namesOf } from "../runtime/arguments.ts";
import { checkKey, type RandomKey } from "../tensor/random.ts";
import { MAXIMUM_ELEMENTS } from "../tensor/shape.ts";
import { checkTensor, type Tensor } from "../tensor/tensor.ts";

/** One mini-batch. */
export interface Batch {
  /** Samples (B, …input shape). */
  readonly input: Tensor;
  /** Targets, as the loss takes them. */
  readonly target: Tensor;
  /** Where layers that draw, as dropout, take their random numbers from. @default none: they draw nothing */
  readonly key?: RandomKey | undefined;
  /**
   * Whether layers train or predict, where that is not the same, as in `batchNorm()`: the statistics of this batch, or
   * the running ones. @default true with a key, false without
   */
  readonly isTraining?: boolean | undefined;
  /** Number of the first sample where this is part of a larger batch: draws belong to samples. @default 0 */
  readonly firstSample?: number | undefined;
  /**
   * Valid time steps of each sequence, of inputs (B, T, …). Where outputs are (B, T, …) too, the loss of a sample is
   * then the sum of those of its valid steps, which is another thing for a loss that is no sum, as `welsch()`.
   * @default T, and the loss of a sample is that of all its outputs
   */
  readonly lengths?: ArrayLike<number> | undefined;
}

const NAMES = namesOf<Batch>({
  input: true,
  target: true,
  key: true,
  isTraining: true,
  firstSample: true,
  lengths: true,
});

/** A batch with a default for what says whether and how layers draw and train. */
export interface CheckedBatch extends Batch {
  readonly isTraining: boolean;
}

/** A batch of a step with its key, of training unless its owner says otherwise; it has no names to look at, as its owner's batch was checked. */
export class StepBatch implements CheckedBatch {
  readonly input: Tensor;
  readonly target: Tensor;
  readonly key: RandomKey | undefined;
  readonly isTraining: boolean;
  readonly firstSample: number | undefined;
  readonly lengths: ArrayLike<number> | undefined;

  /** Takes the members of a batch that was checked. */
  constructor(
    { input, target, isTraining = true, firstSample, lengths }: Batch,
    key: RandomKey | undefined,
  ) {
    this.input = input;
    this.target = target;
    this.key = key;
    this.isTraining = isTraining;
    this.firstSample = firstSample;
    this.lengths = lengths;
  }
}

/** Refuses what is not a pair of tensors; returns it. */
export function checkBatch(action: string, batch: unknown): CheckedBatch {
  if (!(batch instanceof StepBatch)) checkNamed(action, "the batch", batch, NAMES);
  const { input, target, key, firstSample, lengths } = batch as Batch;
  const { isTraining = key !== undefined } = batch as Batch;
  checkTensor(action, "the input", input);
  checkTensor(action, "the target", target);
  if (key !== undefined) checkKey(action, key);
  if (firstSample !== undefined) {
    checkWhole(action, "firstSample", firstSample, 0, MAXIMUM_ELEMENTS);
  }
  checkBoolean(action, "isTraining", isTraining);
  return { input, target, key, isTraining, firstSample, lengths };
}
