// A run of 50 steps, five epochs, that tests cut in the middle.
import {
  type CheckpointOptions,
  type Dataset,
  dataset,
  dense,
  type DType,
  type Model,
  normal,
  type Optimizer,
  randomKey,
  sequential,
  softmaxCrossEntropy,
  tanh,
  train,
  type TrainOptions,
  type TrainProgress,
} from "../../mod.ts";
import { checkpoint } from "../../checkpoint.ts";

/** Steps of the whole run. */
export const STEPS = 50;
const INPUTS = 4;
const CLASSES = 3;
const BATCH_SIZE = 8;
const EPOCHS = 5;
const SAMPLES = BATCH_SIZE * STEPS / EPOCHS;

/** The model of the run. */
export function runModel(dtype: DType, seed = 1): Model {
  return sequential({ input: [INPUTS], seed, dtype }, [dense(6), tanh(), dense(CLASSES)]);
}

/** The samples of the run. */
export function runData(): Dataset {
  using input = normal(randomKey(3), [SAMPLES * INPUTS]);
  const target = Array.from({ length: SAMPLES }, (_, i) => i % CLASSES);
  return dataset({ input: [...input.data], target, inputShape: [INPUTS], classes: CLASSES });
}

/** The options of the run. */
export function runOptions(model: Model, optimizer: Optimizer): TrainOptions {
  return {
    model,
    optimizer,
    loss: softmaxCrossEntropy(),
    data: runData(),
    batchSize: BATCH_SIZE,
    epochs: EPOCHS,
    seed: 5,
  };
}

/** What a part of a run left behind. */
export interface Part {
  /** A checkpoint after its last step; equal bytes mean equal runs. */
  readonly bytes: Uint8Array;
  /** What was reported in its last step. */
  readonly last: TrainProgress | undefined;
}

/** Trains until step `end`, from where `resume` says. */
export async function trainUntil(
  end: number,
  options: TrainOptions & { readonly checkpoint?: CheckpointOptions },
): Promise<Part> {
  let last: TrainProgress | undefined;
  let bytes = new Uint8Array(0);
  for await (const progress of train(options)) {
    last = progress;
    if (progress.step < end) continue;
    const { model, optimizer } = options;
    bytes = await checkpoint({ model, optimizer, state: progress.state });
    break;
  }
  return { bytes, last };
}
