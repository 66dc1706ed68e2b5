import { kernels } from "../../runtime/instance.ts";
import { checkLike, checkOutput, checkProduct, checkResult } from "./arguments.ts";
import { checkFiniteTarget, checkTargetShape, type Loss } from "./loss.ts";

/**
 * 1 - e^(-‖r‖²/2), r = z - y the residual of a whole sample: robust, bounded by 1, not convex.
 *
 * H = e^(-‖r‖²/2) (I - r rᵀ) has one eigenvalue that can be negative, along r.
 *
 * @example
 * ```ts
 * import { identity, sequential, tensor, welsch } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2] }, [identity()]);
 * using input = tensor([[100, 0]]);
 * using target = tensor([[0, 0]]);
 * using lin = model.linearize(welsch(), { input, target });
 * assert(lin.loss === 1);
 * ```
 */
export function welsch(): Loss {
  const name = "welsch";
  return Object.freeze(
    {
      name,
      isConvex: false,
      checkTarget: (output, target) => {
        checkTargetShape(name, output, target);
        checkFiniteTarget(name, target);
      },
      evaluate: (z, y, gradient) => {
        checkOutput(name, z);
        checkLike(name, "the target", z, y);
        if (gradient !== undefined) checkResult(name, z, gradient, [z, y]);
        const [rows] = z.shape;
        const write = gradient?.pointer ?? 0;
        return kernels(z.dtype).welsch_loss(rows, z.size / rows, z.pointer, y.pointer, write);
      },
      hessianProduct: (z, y, u, out) => {
        checkOutput(name, z);
        checkLike(name, "the target", z, y);
        checkProduct(name, z, y, u, out);
        const [rows] = z.shape;
        const { welsch_hessian } = kernels(z.dtype);
        welsch_hessian(rows, z.size / rows, z.pointer, y.pointer, u.pointer, out.pointer);
      },
    } satisfies Loss,
  );
}
