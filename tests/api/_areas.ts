// The examples of every public callable, by what they are about.
import type { Examples } from "./_example.ts";
import { DATA_EXAMPLES } from "./_examples/data.ts";
import { LINALG_EXAMPLES } from "./_examples/linalg.ts";
import { NN_EXAMPLES } from "./_examples/nn.ts";
import { OPTIMIZER_EXAMPLES } from "./_examples/optimizers.ts";
import { OWN_EXAMPLES } from "./_examples/own.ts";
import { TENSOR_EXAMPLES } from "./_examples/tensor.ts";
import { TRAIN_EXAMPLES } from "./_examples/train.ts";

/** All examples, by area. */
export const AREAS: Readonly<Record<string, Examples>> = {
  "tensors": TENSOR_EXAMPLES,
  "data": DATA_EXAMPLES,
  "networks": NN_EXAMPLES,
  "layers and losses of one's own": OWN_EXAMPLES,
  "optimizers": OPTIMIZER_EXAMPLES,
  "training": TRAIN_EXAMPLES,
  "operators and solvers": LINALG_EXAMPLES,
};

/** The callable of "Loss.evaluate of welsch()". */
export function callableOf(label: string): string {
  return label.split(" of ")[0];
}
