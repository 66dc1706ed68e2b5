// Backpropagation through time.
import { gemm } from "../../../ops/gemm.ts";
import { columnsBetween, matrix } from "../../../ops/matrix.ts";
import { kernels } from "../../../runtime/instance.ts";
import type { ReverseContext, ReverseSweep } from "../layer.ts";
import { GATES, type LstmForward } from "./forward.ts";
import { StepRows } from "./step_rows.ts";

/** A reverse sweep that remembers the cotangents of h and c at every step if it was told to keep them. */
export interface LstmReverse extends ReverseSweep {
  /** What steps hand back, at t + 1 to step t: the cotangent of h, behind that of x if that is needed. */
  readonly handed: StepRows;
  /** Column of `handed` where h begins. */
  readonly first: number;
  /** Cotangents of c, those of step t at t + 1. */
  readonly cells: StepRows;
  /** G (B, T, 4H). */
  readonly gradients: StepRows;
}

/** Plans the sweep. */
export function reverseLstm(
  forward: LstmForward,
  { outputCotangent, needsInput, keepsOutput, buffer }: ReverseContext,
): LstmReverse {
  const { units, width, steps, gates, states, weight, input } = forward;
  const kept = keepsOutput ? steps + 1 : 1;
  const first = needsInput ? width : 0;
  const handed = forward.stepRows(buffer, kept, first + units);
  const cells = forward.stepRows(buffer, kept, units);
  const gradients = forward.stepRows(buffer, steps, GATES * units);
  const inputs = needsInput ? new StepRows(buffer(input.shape, "input")) : undefined;
  const given = new StepRows(outputCotangent);
  const pulled = columnsBetween(matrix(weight), width - first, width + units);
  const products = Array.from({ length: steps }, (_, t) => {
    const [from, to] = [gradients.matrix(t), handed.matrix(t)];
    return () => void gemm(from, pulled, to);
  });
  const { lstm_reverse } = kernels(input.dtype);
  const run = (): void => {
    handed.clear(steps, first);
    cells.clear(steps);
    for (let t = steps - 1; t >= 0; t--) {
      lstm_reverse(
        input.shape[0],
        units,
        gates.address(t),
        gates.stride,
        states.address(t),
        states.stride,
        given.address(t),
        given.stride,
        handed.address(t + 1, first),
        handed.stride,
        cells.address(t + 1),
        cells.address(t),
        cells.stride,
        gradients.address(t),
        gradients.stride,
      );
      if (t > 0 || inputs) products[t]();
      if (inputs) handed.copyLeading(t, inputs);
    }
  };
  return {
    outputCotangent,
    inputCotangent: inputs?.tensor,
    siteCotangents: [gradients.flat()],
    handed,
    first,
    cells,
    gradients,
    run,
  };
}
