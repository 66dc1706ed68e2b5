// Backpropagation through time.
import { kernels } from "../../../runtime/instance.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { ReverseContext, ReverseSweep } from "../layer.ts";
import { flat, GATES, type LstmForward, sweepScratch } from "./forward.ts";

/** A reverse sweep that remembers the cotangents of h and c at every step if it was told to keep them. */
export interface LstmReverse extends ReverseSweep {
  /** Cotangents of h, those of step t at t + 1 (B, T + 1, H); without `keepsOutput` of one step (B, 1, H). */
  readonly handed: Tensor;
  /** The same of c. */
  readonly cells: Tensor;
  /** G (B, T, 4H). */
  readonly gradients: Tensor;
}

/** Plans the sweep. */
export function reverseLstm(
  forward: LstmForward,
  { outputCotangent, needsInput, keepsOutput, buffer }: ReverseContext,
): LstmReverse {
  const { extents, gates, states, weight, input } = forward, [, steps, , units] = extents;
  const kept = keepsOutput ? steps + 1 : 1;
  const handed = forward.steps(buffer, units, kept);
  const cells = forward.steps(buffer, units, kept);
  const gradients = forward.steps(buffer, GATES * units);
  const inputs = needsInput ? buffer(input.shape, "input") : undefined;
  const run = (): void => {
    forward.damp(outputCotangent);
    kernels(input.dtype).lstm_reverse(
      ...extents,
      weight.pointer,
      gates.pointer,
      states.pointer,
      outputCotangent.pointer,
      handed.pointer,
      cells.pointer,
      kept,
      gradients.pointer,
      inputs?.pointer ?? 0,
      sweepScratch(),
    );
  };
  return {
    outputCotangent,
    inputCotangent: inputs,
    siteCotangents: [flat(gradients)],
    handed,
    cells,
    gradients,
    run,
  };
}
