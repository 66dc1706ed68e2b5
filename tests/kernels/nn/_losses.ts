// Runs the loss kernels on guarded copies of their operands.
import type { DType } from "../../../src/runtime/dtype.ts";
import { kernels } from "../../../src/runtime/instance.ts";
import type { ELEMENTWISE_LOSSES, ROW_LOSSES } from "../../oracles/losses.ts";
import { onGuarded } from "../elementwise/_run.ts";

/** A loss kernel bound to its targets: value and gradient, and the Hessian times u. */
export interface Loss {
  readonly name: string;
  /** The sum of the losses; writes the gradient unless `wantsGradient` is false. */
  evaluate(
    z: ArrayLike<number>,
    wantsGradient?: boolean,
  ): { value: number; gradient: Float64Array };
  hessian(z: ArrayLike<number>, u: ArrayLike<number>): Float64Array;
}

type Call<A extends unknown[], R> = (...operands: A) => R;

function loss(
  dtype: DType,
  name: string,
  targets: ArrayLike<number>,
  value: Call<[z: number, y: number, g: number], number>,
  hessian: Call<[z: number, y: number, u: number, out: number], void>,
): Loss {
  return {
    name: `${name} in ${dtype}`,
    evaluate: (z, wantsGradient = true) => {
      const length = wantsGradient ? z.length : 0;
      const { output, result } = onGuarded(
        dtype,
        [z, targets],
        length,
        ([zs, ys], g) => value(zs, ys, wantsGradient ? g : 0),
      );
      return { value: result, gradient: output };
    },
    hessian: (z, u) =>
      onGuarded(dtype, [z, targets, u], z.length, ([zs, ys, us], out) => hessian(zs, ys, us, out))
        .output,
  };
}

/** An elementwise loss. */
export function elementwiseLoss(
  dtype: DType,
  name: keyof typeof ELEMENTWISE_LOSSES,
  parameter: number,
  y: ArrayLike<number>,
): Loss {
  const family = kernels(dtype), n = y.length;
  return loss(
    dtype,
    name,
    y,
    (z, y, g) => family[`${name}_loss`](n, parameter, z, y, g),
    (z, y, u, out) => family[`${name}_hessian`](n, parameter, z, y, u, out),
  );
}

/** A row-wise loss with dense targets. */
export function rowLoss(
  dtype: DType,
  name: keyof typeof ROW_LOSSES,
  rows: number,
  y: ArrayLike<number>,
): Loss {
  const family = kernels(dtype), width = y.length / rows;
  return loss(
    dtype,
    name,
    y,
    (z, y, g) => family[`${name}_loss`](rows, width, z, y, g),
    (z, y, u, out) => family[`${name}_hessian`](rows, width, z, y, u, out),
  );
}

/** A softmax loss with class indices as targets. */
export function indexLoss(
  dtype: DType,
  name: "softmax_xent" | "expected_zero_one",
  classes: number,
  index: ArrayLike<number>,
): Loss {
  const family = kernels(dtype), rows = index.length;
  return loss(
    dtype,
    `${name}_index`,
    index,
    (z, y, g) => family[`${name}_index_loss`](rows, classes, z, y, g),
    (z, y, u, out) =>
      name === "softmax_xent"
        ? family.softmax_xent_hessian(rows, classes, z, 0, u, out)
        : family.expected_zero_one_index_hessian(rows, classes, z, y, u, out),
  );
}
