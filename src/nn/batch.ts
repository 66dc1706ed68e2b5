import { checkObject } from "../runtime/arguments.ts";
import { checkKey } from "../tensor/random.ts";
import { checkTensor } from "../tensor/tensor.ts";
import type { Batch } from "./linearization.ts";

/** Refuses what is not a pair of tensors; returns it. */
export function checkBatch(action: string, batch: unknown): Batch {
  checkObject(action, "the batch", batch);
  const { input, target, key, lengths } = batch as Batch;
  checkTensor(action, "the input", input);
  checkTensor(action, "the target", target);
  if (key !== undefined) checkKey(action, key);
  return { input, target, key, lengths };
}
