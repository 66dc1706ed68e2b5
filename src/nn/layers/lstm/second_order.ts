// The derivative of backpropagation through time along a tangent.
import { matrix } from "../../../ops/matrix.ts";
import { kernels } from "../../../runtime/instance.ts";
import type { SecondOrderContext, SecondOrderSweep } from "../layer.ts";
import { flat, GATES, type LstmForward, sweepScratch } from "./forward.ts";
import { type LstmReverse, reverseLstm } from "./reverse.ts";
import type { LstmTangent } from "./tangent.ts";

/** Plans the sweep. */
export function secondOrderLstm(
  forward: LstmForward,
  context: SecondOrderContext<LstmReverse, LstmTangent>,
): SecondOrderSweep {
  const { outputCotangentTangent, needsInput, buffer } = context;
  const { motion, weightTangents: [weightTangent] } = context.tangent;
  const { handed, cells, gradients } = context.reverse;
  if (!motion) return linearChange(forward, context);
  const { extents, gates, states, weight, input } = forward, units = extents[3];
  const handedChange = forward.steps(buffer, units, 1);
  const cellsChange = forward.steps(buffer, units, 1);
  const gradientsChange = forward.steps(buffer, GATES * units);
  const inputs = needsInput ? buffer(input.shape, "input") : undefined;
  const run = (): void =>
    kernels(input.dtype).lstm_second_order(
      ...extents,
      weight.pointer,
      weightTangent?.pointer ?? 0,
      gates.pointer,
      states.pointer,
      motion.states.pointer,
      motion.z.pointer,
      handed.pointer,
      cells.pointer,
      gradients.pointer,
      outputCotangentTangent.pointer,
      handedChange.pointer,
      cellsChange.pointer,
      gradientsChange.pointer,
      inputs?.pointer ?? 0,
      sweepScratch(),
    );
  const site = { inputs: matrix(flat(motion.rows)), cotangents: flat(gradientsChange) };
  return { inputCotangentTangent: inputs, sites: [site], run };
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
