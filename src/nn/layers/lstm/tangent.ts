// Forward-mode differentiation through time.
import { kernels } from "../../../runtime/instance.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { TangentContext, TangentSweep } from "../layer.ts";
import { GATES, type LstmForward, sweepScratch } from "./forward.ts";

/** How the forward quantities change along a tangent. */
export interface Motion {
  /** Change of [x_t, h_{t-1}] (B, T, in + H). */
  readonly rows: Tensor;
  /** Change of z (B, T, 4H). */
  readonly z: Tensor;
  /** Change of c (B, T + 1, H). */
  readonly states: Tensor;
}

/** A forward-mode sweep; without `motion` nothing moves. */
export interface LstmTangent extends TangentSweep {
  readonly motion: Motion | undefined;
}

/** Plans the sweep. */
export function tangentLstm(
  forward: LstmForward,
  { inputTangent, weightTangents, buffer }: TangentContext,
): LstmTangent {
  const { extents, weight, input } = forward, [, steps, width, units] = extents;
  const [weightTangent] = weightTangents;
  const given = { inputTangent, weightTangents };
  if (!weightTangent && !inputTangent) {
    const run = (): void => void (forward.hiddenTangent = undefined);
    return { ...given, motion: undefined, outputTangent: undefined, run };
  }
  const rows = forward.steps(buffer, width + units);
  const z = forward.steps(buffer, GATES * units);
  const states = forward.steps(buffer, units, steps + 1);
  const hidden = buffer(forward.hidden.shape, "output");
  const run = (): void => {
    forward.hiddenTangent = hidden;
    kernels(input.dtype).lstm_tangent(
      ...extents,
      weight.pointer,
      weightTangent?.pointer ?? 0,
      forward.rows.pointer,
      forward.gates.pointer,
      forward.states.pointer,
      inputTangent?.pointer ?? 0,
      rows.pointer,
      z.pointer,
      states.pointer,
      hidden.pointer,
      sweepScratch(),
    );
  };
  return { ...given, motion: { rows, z, states }, outputTangent: hidden, run };
}
