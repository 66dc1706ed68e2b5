// What becomes of negative curvature (Chen, Chou & Chang 2019): it has two sources only, the criterion's
// Hessian and the bend of an activation, and each is made positive semidefinite where it arises.
import { describe } from "../../runtime/arguments.ts";

/**
 * "none" keeps it; "zero" drops whatever the activations bend, which gives the Gauss-Newton matrix; "clip"
 * drops what is negative; "abs" takes magnitudes. For the criterion "zero" clips.
 */
export type Projection = "none" | "zero" | "clip" | "abs";

const PROJECTIONS: readonly unknown[] = ["none", "zero", "clip", "abs"];

/** Refuses what is no projection. */
export function checkProjection(action: string, value: unknown): asserts value is Projection {
  if (PROJECTIONS.includes(value)) return;
  throw new TypeError(
    `Cannot ${action}: projection must be "none", "zero", "clip" or "abs", not ${describe(value)}`,
  );
}

/** An eigenvalue of a criterion's Hessian, projected. */
export function projectedEigenvalue(projection: Projection, value: number): number {
  if (projection === "none") return value;
  return projection === "abs" ? Math.abs(value) : Math.max(value, 0);
}
