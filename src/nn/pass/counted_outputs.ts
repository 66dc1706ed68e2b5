// Outputs that count: of sequences with lengths those of valid steps alone.
import type { Tensor } from "../../tensor/tensor.ts";
import type { NetworkPass } from "./network_pass.ts";

/** Outputs and targets, a row for each valid step where the output has steps and lengths differ. */
export function countedOutputs(
  { output, lengths }: NetworkPass,
  target: Tensor,
): { readonly output: Tensor; readonly target: Tensor } {
  if (!lengths?.plan.isOutputStepwise) return { output, target };
  return { target: lengths.pack(target, "targets"), output: lengths.pack(output, "outputs") };
}

/** How many outputs of the whole batch count. */
export function outputCount({ output, lengths }: NetworkPass): number {
  if (!lengths?.plan.isOutputStepwise) return output.size;
  return lengths.count * (output.size / output.shape[0]) / lengths.plan.steps;
}

/** Sets what is at the padding of sequences to zero in a tensor like the outputs. */
export function clearPadding({ lengths }: NetworkPass, t: Tensor): void {
  if (lengths?.plan.isOutputStepwise) lengths.clearPadding(t);
}
