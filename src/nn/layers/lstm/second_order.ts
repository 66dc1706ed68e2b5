// The derivative of backpropagation through time along a tangent.
import { gemm } from "../../../ops/gemm.ts";
import { columnsBetween, matrix } from "../../../ops/matrix.ts";
import { kernels } from "../../../runtime/instance.ts";
import type { SecondOrderContext, SecondOrderSweep } from "../layer.ts";
import { GATES, type LstmForward } from "./forward.ts";
import { type LstmReverse, reverseLstm } from "./reverse.ts";
import { StepRows } from "./step_rows.ts";
import type { LstmTangent } from "./tangent.ts";

/** Plans the sweep. */
export function secondOrderLstm(
  forward: LstmForward,
  context: SecondOrderContext<LstmReverse, LstmTangent>,
): SecondOrderSweep {
  const { outputCotangentTangent, needsInput, buffer } = context;
  const { motion, weightTangents: [weightTangent] } = context.tangent;
  const { handed, first, cells, gradients } = context.reverse;
  if (!motion) return linearChange(forward, context);
  const { units, width, steps, gates, states, weight, input } = forward;
  const begin = needsInput ? width : 0;
  const handedChange = forward.stepRows(buffer, 1, begin + units);
  const cellsChange = forward.stepRows(buffer, 1, units);
  const gradientsChange = forward.stepRows(buffer, steps, GATES * units);
  const inputs = needsInput ? new StepRows(buffer(input.shape, "input")) : undefined;
  const given = new StepRows(outputCotangentTangent);
  const pulled = columnsBetween(matrix(weight), width - begin, width + units);
  const pulledChange = weightTangent &&
    columnsBetween(matrix(weightTangent), width - begin, width + units);
  const products = Array.from({ length: steps }, (_, t) => {
    const [change, still, to] = [gradientsChange, gradients, handedChange].map((r) => r.matrix(t));
    return (): void => {
      gemm(change, pulled, to);
      if (pulledChange) gemm(still, pulledChange, to, { beta: 1 });
    };
  });
  const { lstm_second_order } = kernels(input.dtype);
  const run = (): void => {
    handedChange.clear(steps, begin);
    cellsChange.clear(steps);
    for (let t = steps - 1; t >= 0; t--) {
      lstm_second_order(
        input.shape[0],
        units,
        gates.address(t),
        gates.stride,
        states.address(t),
        motion.states.address(t),
        states.stride,
        motion.z.address(t),
        gradientsChange.address(t),
        gradientsChange.stride,
        handed.address(t + 1, first),
        handed.stride,
        cells.address(t + 1),
        cells.stride,
        given.address(t),
        given.stride,
        handedChange.address(t, begin),
        handedChange.stride,
        cellsChange.address(t),
        cellsChange.stride,
      );
      if (t > 0 || inputs) products[t]();
      if (inputs) handedChange.copyLeading(t, inputs);
    }
  };
  const site = { inputs: matrix(motion.rows.flat()), cotangents: gradientsChange.flat() };
  return { inputCotangentTangent: inputs?.tensor, sites: [site], run };
}

/** Where nothing moves, backpropagation is a linear map: it takes the change as it takes the cotangent. */
function linearChange(
  forward: LstmForward,
  { outputCotangentTangent, needsInput, buffer }: SecondOrderContext,
): SecondOrderSweep {
  const { inputCotangent, siteCotangents: [cotangents], run } = reverseLstm(forward, {
    outputCotangent: outputCotangentTangent,
    needsInput,
    keepsOutput: false,
    wanted: [true],
    buffer,
  });
  const sites = [{ inputs: undefined, cotangents }];
  return { inputCotangentTangent: inputCotangent, sites, run };
}
