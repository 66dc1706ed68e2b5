// Tensors that users hand to derivatives of a network: directions, cotangents and places for results.
import { overlaps } from "../tensor/result.ts";
import { formatShape, sameShape, type Shape } from "../tensor/shape.ts";
import { checkTensor, type Tensor } from "../tensor/tensor.ts";

/** Refuses what is no direction of `size` of the parameters. */
export function checkVector(action: string, v: Tensor, parameters: Tensor, size: number): void {
  checkTensor(action, "the vector", v);
  if (v.size === size && v.dtype === parameters.dtype) return;
  throw new TypeError(
    `Cannot ${action}: the vector is ${v.dtype} ${formatShape(v.shape)}, ` +
      `the parameters are ${parameters.dtype} (${size})`,
  );
}

/** Refuses what is no cotangent of the outputs. */
export function checkCotangent(action: string, u: Tensor, output: Tensor): void {
  checkTensor(action, "the cotangent", u);
  if (u.dtype !== output.dtype) {
    throw new TypeError(`Cannot ${action} ${u.dtype}: the outputs are ${output.dtype}`);
  }
  if (sameShape(u.shape, output.shape)) return;
  throw new TypeError(
    `Cannot ${action} ${formatShape(u.shape)}: outputs have shape ${formatShape(output.shape)}`,
  );
}

/** Refuses a place for a result that has another shape or dtype, or lies over what is read: the parameters first. */
export function checkResult(
  action: string,
  out: Tensor,
  shape: Shape,
  reads: readonly [parameters: Tensor, output: Tensor, target: Tensor],
): void {
  checkTensor(action, "out", out);
  if (!sameShape(out.shape, shape) || out.dtype !== reads[0].dtype) {
    throw new TypeError(
      `Cannot ${action}: out must have shape ${formatShape(shape)} and the model's dtype`,
    );
  }
  if (!reads.some((read) => overlaps(out, read))) return;
  throw new TypeError(`Cannot ${action}: out must not overlap parameters, outputs or targets`);
}

/** Refuses, by the name of the layer, a batch whose samples meet where each must stand by itself. */
export function checkIndependent(
  action: string,
  { coupledBy }: { readonly coupledBy: string | undefined },
): void {
  if (coupledBy === undefined) return;
  throw new TypeError(
    `Cannot ${action}: samples of a training batch meet in ${coupledBy}, so no row belongs to one sample; ` +
      "in prediction, without a key, they do not",
  );
}
