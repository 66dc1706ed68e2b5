// Misuse is an exception; these see to it before the first product.
import { dot, firstNonFinite, norm } from "../ops/vector.ts";
import { machineEpsilon } from "../runtime/dtype.ts";
import { Scope } from "../runtime/scope.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { checkVector } from "../linalg/_vectors.ts";
import type { LinearMap, LinearOperator } from "../linalg/operator.ts";
import { normal, randomKey } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Workspace } from "./workspace.ts";
import type { SolverOptions } from "./solver.ts";

/** Refuses a vector that does not fit or is not finite. */
export function checkFiniteVector(
  action: string,
  space: { readonly size: number; readonly dtype: Tensor["dtype"] },
  v: unknown,
  name: string,
): void {
  checkVector(action, space, v, name);
  const at = firstNonFinite(v);
  if (at >= 0) throw new NonFiniteError(action, `${name}[${at}]`);
}

/** Refuses a number that is negative, NaN or, unless allowed, fractional. */
function checkNumber(action: string, name: string, value: number, mustBeWhole = false): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot ${action}: ${name} must be a number`);
  }
  if (value >= 0 && (!mustBeWhole || Number.isInteger(value))) return;
  throw new RangeError(
    `Cannot ${action}: ${name} must be ${
      mustBeWhole ? "whole and " : ""
    }not negative, not ${value}`,
  );
}

/** Refuses what cannot multiply. */
export function checkOperator(action: string, op: LinearMap): void {
  if (typeof op?.apply === "function") return;
  throw new TypeError(
    `Cannot ${action}: the operator must be one, make it with linearOperator() or its kin`,
  );
}

/** Refuses an operator, a right-hand side, options or a workspace that do not fit. */
export function checkSystem(
  action: string,
  op: LinearMap,
  b: Tensor,
  options: SolverOptions,
  { x }: Workspace,
): void {
  checkOperator(action, op);
  const { rows, columns, dtype } = op;
  checkVector(action, { size: columns, dtype }, x, "the workspace's x");
  checkFiniteVector(action, { size: rows, dtype }, b, "b");
  const { x0, tolerance = 0, absoluteTolerance = 0, maxIterations = 0 } = options;
  if (x0) checkFiniteVector(action, { size: columns, dtype }, x0, "x0");
  checkNumber(action, "tolerance", tolerance);
  checkNumber(action, "absoluteTolerance", absoluteTolerance);
  checkNumber(action, "maxIterations", maxIterations, true);
}

/** Refuses an operator that does not declare to be symmetric. */
export function checkDeclaredSymmetric(action: string, op: LinearOperator): void {
  if (op.isSymmetric) return;
  throw new TypeError(
    `Cannot ${action}: the operator does not declare to be symmetric, solve by lsmr() instead`,
  );
}

const SYMMETRY_KEYS = [randomKey(1), randomKey(2)];

/** Refuses an operator for which u·A v and v·A u differ by more than half of the digits; u, v random. */
export function verifySymmetry(action: string, op: LinearOperator, product: Tensor): void {
  const scope = new Scope();
  try {
    const [u, v] = SYMMETRY_KEYS.map((key) =>
      scope.own(normal(key, [op.size], { dtype: op.dtype }))
    );
    op.apply(v, product);
    const forth = dot(u, product), scale = norm(u) * norm(product);
    op.apply(u, product);
    const back = dot(v, product);
    const allowed = Math.sqrt(machineEpsilon(op.dtype)) * Math.max(scale, norm(v) * norm(product));
    if (Math.abs(forth - back) <= allowed || !(Math.abs(forth - back) < Infinity)) return;
    throw new RangeError(
      `Cannot ${action}: the operator is not symmetric, u·Av is ${forth} and v·Au is ${back}`,
    );
  } finally {
    scope.dispose();
  }
}
