import { mirrorLower } from "../../ops/face_splitting.ts";
import { rowDots } from "../../ops/row_products.ts";
import { axpby, fill } from "../../ops/vector.ts";
import { narrowDivided } from "../../ops/widen.ts";
import { kernels } from "../../runtime/instance.ts";
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import {
  checkLike,
  checkMeanHessian,
  checkOutput,
  checkProduct,
  checkResult,
} from "./arguments.ts";
import { checkFiniteTarget, checkTargetShape, type Loss } from "./loss.ts";
import { projectedEigenvalue, type Projection } from "./projection.ts";

/** mean e (I + (Pos(1 - ‖r‖²) - 1) r rᵀ / ‖r‖²), e = e^(-‖r‖²/2): r is the one eigenvector that bends. */
function meanHessian(
  z: Tensor,
  y: Tensor,
  projection: Projection,
  work: Tensor,
  out: Tensor,
): void {
  const [rows] = z.shape, width = z.size / rows, { subtract, add_bent } = kernels(z.dtype);
  const scope = new Scope();
  try {
    const own = (...shape: number[]): Tensor => scope.own(new Tensor("float64", shape));
    const [bells, squares, bends] = [own(rows), own(rows), own(rows)];
    const sums = fill(own(width, width), 0);
    subtract(z.size, z.pointer, y.pointer, work.pointer);
    rowDots(work, work, squares);
    axpby(-1 / 2, squares, 0, bells);
    kernels("float64").exp(rows, bells.pointer, bells.pointer);
    const [bell, square, bend] = [bells.data, squares.data, bends.data];
    // In JavaScript: one number for each sample, of which the kernel makes a matrix.
    for (let row = 0; row < rows; row++) {
      const curvature = projectedEigenvalue(projection, 1 - square[row]) - 1;
      bend[row] = square[row] > 0 ? bell[row] * (curvature / square[row]) : 0;
    }
    add_bent(rows, width, bells.pointer, bends.pointer, work.pointer, sums.pointer);
    mirrorLower(narrowDivided(sums, rows, out));
  } finally {
    scope.dispose();
  }
}

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
      isSumOverSteps: false,
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
      meanHessian: (z, y, projection, work, out) => {
        checkOutput(name, z);
        checkLike(name, "the target", z, y);
        checkMeanHessian(name, z, y, projection, work, out);
        meanHessian(z, y, projection, work, out);
      },
    } satisfies Loss,
  );
}
