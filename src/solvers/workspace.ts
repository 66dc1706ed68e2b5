import { checkObject, checkWhole } from "../runtime/arguments.ts";
import { checkDType, type DType } from "../runtime/dtype.ts";
import { DISPOSE, type Resource, Scope } from "../runtime/scope.ts";
import { fill } from "../ops/vector.ts";
import { MAXIMUM_ELEMENTS } from "../tensor/shape.ts";
import { lend, Tensor } from "../tensor/tensor.ts";

/** Order and dtype of the largest systems that a workspace serves; an operator will do. */
export interface SystemSize {
  /** Most unknowns. */
  readonly size: number;
  /** Element type. */
  readonly dtype: DType;
}

/**
 * Vectors that are planned once and serve any number of solves, of the planned order or any below, in turn.
 *
 * A smaller system has the first elements of each vector, and the same bits as in a workspace of its own order.
 */
export abstract class Workspace implements Resource {
  /** The solution (n), n the planned order; that of a smaller system is in its first elements. */
  readonly x: Tensor;
  /** Owns the vectors. */
  readonly scope: Scope = new Scope();

  /** Plans x; more is planned by whoever knows the method. */
  constructor(dtype: DType, unknowns: number) {
    this.x = fill(this.vector(dtype, unknowns), 0);
  }

  /** Gives all vectors back; a second call does nothing. */
  dispose(): void {
    this.scope.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  /** Plans one more vector; when memory refuses, what was planned before is given back. */
  protected vector(dtype: DType, size: number): Tensor {
    try {
      return lend(this.scope.own(new Tensor(dtype, [size])), "a workspace");
    } catch (error) {
      this.scope.dispose();
      throw error;
    }
  }

  /** One more vector of the planned order for a workspace that is in use, and stays so when memory refuses. */
  protected further(): Tensor {
    return lend(this.scope.own(new Tensor(this.x.dtype, this.x.shape)), "a workspace");
  }
}

/** The order and dtype that a workspace is planned for. */
export function systemSize(system: SystemSize): SystemSize {
  const action = "plan a workspace";
  checkObject(action, "the system", system);
  const { size, dtype } = system;
  checkWhole(action, "the number of unknowns", size, 0, MAXIMUM_ELEMENTS);
  checkDType(action, dtype);
  return { size, dtype };
}
