import type { LinearMap } from "../linalg/operator.ts";
import { axpby, copy, fill, norm } from "../ops/vector.ts";
import { axpbyDot, normOf } from "../ops/fused_vector.ts";
import { DISPOSE, type Scope } from "../runtime/scope.ts";
import { giveAway, type Tensor } from "../tensor/tensor.ts";
import type { Owned, Solution } from "./solver.ts";

/** x = x0, or 0 where there is none; b = 0 has the solution 0 wherever one starts. */
export function loadStart(x: Tensor, x0: Tensor | undefined, b: Tensor): boolean {
  if (x0 && norm(b) > 0) {
    if (x0 !== x) copy(x0, x);
    return true;
  }
  fill(x, 0);
  return false;
}

/** r = b - A x. */
export function residual(op: LinearMap, x: Tensor, b: Tensor, r: Tensor): Tensor {
  op.apply(x, r);
  return axpby(1, b, -1, r);
}

/** The same; returns r · r. */
export function squaresOfResidual(op: LinearMap, x: Tensor, b: Tensor, r: Tensor): number {
  op.apply(x, r);
  return axpbyDot(1, b, -1, r);
}

/** The same; returns |r|. */
export function normOfResidual(op: LinearMap, x: Tensor, b: Tensor, r: Tensor): number {
  return normOf(squaresOfResidual(op, x, b, r), r);
}

/** Moves the tensors of a solution out of the scope of its workspace, to the caller. */
export function handOver<T extends Solution>(
  scope: Scope,
  solution: T,
  tensors: readonly Tensor[],
): Owned<T> {
  const dispose = (): void => tensors.forEach((t) => t.dispose());
  for (const t of tensors) giveAway(scope.keep(t));
  return { ...solution, dispose, [DISPOSE]: dispose };
}
