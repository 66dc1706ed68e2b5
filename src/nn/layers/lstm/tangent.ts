// Forward-mode differentiation through time.
import { gemm } from "../../../ops/gemm.ts";
import { leadingColumns, matrix } from "../../../ops/matrix.ts";
import { kernels } from "../../../runtime/instance.ts";
import type { TangentContext, TangentSweep } from "../layer.ts";
import { GATES, type LstmForward } from "./forward.ts";
import { StepRows } from "./step_rows.ts";

/** How the forward quantities change along a tangent. */
export interface Motion {
  /** Change of [x_t, h_{t-1}] (B, T, in + H). */
  readonly rows: StepRows;
  /** Change of z (B, T, 4H). */
  readonly z: StepRows;
  /** Change of c (B, T + 1, H). */
  readonly states: StepRows;
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
  const { units, width, steps, gates, weight, input } = forward;
  const [weightTangent] = weightTangents;
  const given = { inputTangent, weightTangents };
  if (!weightTangent && !inputTangent) {
    return { ...given, motion: undefined, outputTangent: undefined, run: (): void => {} };
  }
  const rows = forward.stepRows(buffer, steps, width + units);
  const z = forward.stepRows(buffer, steps, GATES * units);
  const states = forward.stepRows(buffer, steps + 1, units);
  const hidden = new StepRows(buffer(forward.hidden.tensor.shape, "output"));
  const weightPart = leadingColumns(matrix(weight), width + units).T;
  const products = Array.from({ length: steps }, (_, t) => {
    const [from, to] = [rows.matrix(t), z.matrix(t)];
    return () => void gemm(from, weightPart, to, { beta: weightTangent ? 1 : 0 });
  });
  const { inputs } = forward.site;
  const { lstm_tangent } = kernels(input.dtype);
  const run = (): void => {
    rows.setLeading(width, inputTangent);
    rows.clear(0, width);
    states.clear(0);
    if (weightTangent) gemm(inputs, matrix(weightTangent).T, matrix(z.flat()));
    for (const [t, product] of products.entries()) {
      const isLast = t + 1 === steps;
      product();
      lstm_tangent(
        input.shape[0],
        units,
        z.address(t),
        z.stride,
        gates.address(t),
        gates.stride,
        forward.states.address(t),
        states.address(t),
        states.stride,
        hidden.address(t),
        hidden.stride,
        isLast ? hidden.address(t) : rows.address(t + 1, width),
        isLast ? hidden.stride : rows.stride,
      );
    }
  };
  return { ...given, motion: { rows, z, states }, outputTangent: hidden.tensor, run };
}
