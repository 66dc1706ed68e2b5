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
  const [rows] = z.shape, width = z.size / rows;
  const scope = new Scope();
  try {
    const bells = scope.own(new Tensor("float64", [rows]));
    const sums = scope.own(new Tensor("float64", [width, width])), total = sums.data.fill(0);
    const [from, target, r, bell] = [z.data, y.data, work.data, bells.data];
    for (let row = 0; row < rows; row++) {
      bell[row] = 0;
      for (let i = row * width; i < (row + 1) * width; i++) {
        r[i] = from[i] - target[i];
        bell[row] -= r[i] * r[i] / 2;
      }
    }
    const squares = Float64Array.from(bell, (half) => -2 * half);
    kernels("float64").exp(rows, bells.pointer, bells.pointer);
    for (let row = 0; row < rows; row++) {
      const square = squares[row], residual = r.subarray(row * width, (row + 1) * width);
      const bend = square > 0 ? (projectedEigenvalue(projection, 1 - square) - 1) / square : 0;
      for (let i = 0; i < width; i++) {
        total[i * (width + 1)] += bell[row];
        const factor = bell[row] * bend * residual[i];
        for (let j = 0; j < width; j++) total[i * width + j] += factor * residual[j];
      }
    }
    const to = out.data;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++) {
        to[i * width + j] = to[j * width + i] = total[i * width + j] / rows;
      }
    }
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
