// A V = V T + residual: a symmetric operator seen from a Krylov space.
import { axpy, copy, dot, norm, scale } from "../../ops/vector.ts";
import { checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { machineEpsilon } from "../../runtime/dtype.ts";
import { DISPOSE, type Resource, Scope } from "../../runtime/scope.ts";
import { checkKey, type RandomKey } from "../../tensor/random.ts";
import { cast, clone } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkVector } from "../_vectors.ts";
import { checkLinearOperator, type LinearOperator } from "../operator.ts";
import { orthogonalize } from "./_orthonormal.ts";
import { normalVector } from "./sampling.ts";

/** Options of `lanczos()`. */
export interface LanczosOptions {
  /** Products with the operator, and order of T. @default the lesser of n and 50 */
  readonly steps?: number;
  /** A random start, or the start itself (n). */
  readonly start: RandomKey | Tensor;
}

const NAMES = namesOf<LanczosOptions>({ steps: true, start: true });

/** A tridiagonal T and an orthonormal V with Vᵀ A V = T; owns V. */
export class LanczosDecomposition implements Resource {
  /** The diagonal of T (k). */
  readonly diagonal: Float64Array;
  /** What stands beside it (k - 1). */
  readonly offDiagonal: Float64Array;
  /** V: its rows (k, n) are orthonormal. */
  readonly basis: Tensor;

  /** Takes over the tensor. */
  constructor(diagonal: Float64Array, offDiagonal: Float64Array, basis: Tensor) {
    this.diagonal = diagonal;
    this.offDiagonal = offDiagonal;
    this.basis = basis;
  }

  /** Gives the memory of V back; a second call does nothing. */
  dispose(): void {
    this.basis.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}

/** Refuses an operator that does not declare to be symmetric. */
export function requireSymmetric(action: string, op: LinearOperator): void {
  if (op.isSymmetric) return;
  throw new TypeError(`Cannot ${action}: the operator does not declare to be symmetric`);
}

/**
 * Reduces a symmetric operator to a tridiagonal matrix: Vᵀ A V = T.
 *
 * Every vector is orthogonalized against all before it, twice, so that no eigenvalue appears twice; it
 * ends early when the Krylov space is exhausted. The eigenvalues of T approximate the outer ones of A.
 *
 * Shapes: basis (k, n), k ≤ steps. Cost: k products and 4 n k² flops; memory: k vectors.
 *
 * Source: Lanczos 1950; Golub & Van Loan, "Matrix computations", 4th edition, section 10.3.
 *
 * @throws {TypeError} when the operator does not declare to be symmetric, or the start does not fit.
 * @throws {RangeError} when `steps` is not a whole number from 1 to n, or the start is zero or not finite.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { denseOperator, lanczos } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using a = tensor([[2, 3], [3, 5]], { dtype: "float64" });
 * using start = tensor([1, 0], { dtype: "float64" });
 * using found = lanczos(denseOperator(a, { isSymmetric: true }), { start });
 * assertEquals([...found.diagonal, ...found.offDiagonal], [2, 5, 3]);
 * ```
 */
export function lanczos(op: LinearOperator, options: LanczosOptions): LanczosDecomposition {
  const action = "run Lanczos' process";
  checkLinearOperator(action, "the operator", op);
  checkOptions(action, options, NAMES);
  const { size: n, dtype } = op, { steps = Math.min(n, 50), start } = options;
  requireSymmetric(action, op);
  checkWhole(action, "steps", steps, 1, n);
  if (start instanceof Tensor) checkVector(action, op, start, "start");
  else checkKey(action, start);
  const rows: Tensor[] = [], diagonal: number[] = [], offDiagonal: number[] = [];
  const scope = new Scope();
  try {
    const next = scope.own(
      start instanceof Tensor ? cast(start, dtype) : normalVector(op, start, 0),
    );
    const basis = scope.own(new Tensor(dtype, [steps, n]));
    const length = norm(next);
    if (!(length > 0 && length < Infinity)) {
      throw new RangeError(`Cannot run Lanczos' process: the start has the norm ${length}`);
    }
    let residual = length, largest = 0;
    while (rows.length < steps) {
      const row = basis.view([n], rows.length * n);
      copy(next, row);
      rows.push(scale(1 / residual, row));
      op.apply(row, next);
      diagonal.push(dot(row, next));
      axpy(-diagonal[diagonal.length - 1], row, next);
      orthogonalize(next, rows);
      residual = norm(next);
      if (!(residual < Infinity)) {
        throw new RangeError("Cannot run Lanczos' process: a product is not finite");
      }
      largest = Math.max(largest, Math.abs(diagonal[diagonal.length - 1]), residual);
      if (residual <= n * machineEpsilon(dtype) * largest) break;
      if (rows.length < steps) offDiagonal.push(residual);
    }
    return new LanczosDecomposition(
      Float64Array.from(diagonal),
      Float64Array.from(offDiagonal),
      rows.length === steps ? scope.keep(basis) : clone(basis.view([rows.length, n])),
    );
  } finally {
    scope.dispose();
  }
}
