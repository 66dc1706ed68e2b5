// ½ w ‖z - y‖² with a weight w for each sample of one batch.
import { squaredError } from "../../nn/losses/elementwise.ts";
import { inWorkspace, scaleByRow } from "../../ops/row_products.ts";
import { copy, fill } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import { elementBytes } from "../../runtime/memory.ts";
import type { Loss } from "../../nn/losses/loss.ts";

/** The loss for batches of as many samples as there are roots √w (B), in their order. */
export function weightedSquaredError(roots: Float64Array): Loss {
  const { checkTarget } = squaredError();
  const count = roots.length;
  return Object.freeze(
    {
      name: "squaredError, weighted",
      isConvex: true,
      checkTarget,
      evaluate: (z, y, gradient) => {
        const { weighted_squares } = kernels(z.dtype), given = [z.pointer, y.pointer] as const;
        const held = inWorkspace(roots), width = z.size / count;
        return weighted_squares(count, width, held, ...given, gradient?.pointer ?? 0) / 2;
      },
      hessianProduct: (_z, _y, u, out) => {
        scaleByRow(roots.map((root) => root * root), copy(u, out));
      },
      hessianRoot: () => (column, out) => {
        const width = out.size / count, first = out.pointer + elementBytes(out.dtype, column);
        fill(out, 0);
        kernels(out.dtype).narrow(count, 1, inWorkspace(roots), first, width);
      },
    } satisfies Loss,
  );
}
