// Misuse is an exception; these see to it before the first product.
import { dot, firstNonFinite, norm } from "../ops/vector.ts";
import {
  checkBoolean,
  checkMethods,
  checkNumber,
  checkOptions,
  checkWhole,
  type Known,
} from "../runtime/arguments.ts";
import { checkDType, machineEpsilon } from "../runtime/dtype.ts";
import { Scope } from "../runtime/scope.ts";
import { checkSignal } from "../runtime/signal.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { checkSameSpace, checkVector } from "../linalg/_vectors.ts";
import { checkLinearOperator, type LinearMap, LinearOperator } from "../linalg/operator.ts";
import { normal, randomKey } from "../tensor/random.ts";
import { MAXIMUM_ELEMENTS } from "../tensor/shape.ts";
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

/** Refuses what cannot multiply. */
export function checkMap(action: string, op: unknown): asserts op is LinearMap {
  if (op instanceof LinearOperator) return checkLinearOperator(action, "the operator", op);
  checkMethods(action, "the operator, if not made by linearOperator() or its kin,", op, [
    "apply",
    "applyTranspose",
  ]);
  const { rows, columns, dtype } = op as LinearMap;
  checkWhole(action, "rows of the operator", rows, 0, MAXIMUM_ELEMENTS);
  checkWhole(action, "columns of the operator", columns, 0, MAXIMUM_ELEMENTS);
  checkDType(action, dtype);
}

/** Refuses an operator, a right-hand side or options that do not fit. */
export function checkSystem(
  action: string,
  op: LinearMap,
  b: Tensor,
  options: SolverOptions,
  known: Known,
): void {
  checkMap(action, op);
  const { rows, columns, dtype } = op;
  checkFiniteVector(action, { size: rows, dtype }, b, "b");
  checkOptions(action, options, known);
  const { x0, tolerance, absoluteTolerance, maxIterations, signal, history } = options;
  if (x0 !== undefined) checkFiniteVector(action, { size: columns, dtype }, x0, "x0");
  if (tolerance !== undefined) checkNumber(action, "tolerance", tolerance, "non-negative");
  if (absoluteTolerance !== undefined && absoluteTolerance !== Infinity) {
    checkNumber(action, "absoluteTolerance", absoluteTolerance, "non-negative");
  }
  if (maxIterations !== undefined && maxIterations !== Infinity) {
    checkNumber(action, "maxIterations", maxIterations, "whole");
  }
  if (history !== undefined) checkBoolean(action, "history", history);
  if (signal !== undefined) checkSignal(action, signal);
}

/** Refuses what is not a workspace of the method for such systems, or for smaller ones alone. */
export function checkWorkspace(
  action: string,
  { columns, dtype }: LinearMap,
  workspace: unknown,
  made: abstract new (...args: never[]) => Workspace,
): void {
  if (!(workspace instanceof made)) {
    throw new TypeError(`Cannot ${action}: the workspace must be a ${made.name}`);
  }
  const { x } = workspace;
  checkVector(action, { size: x.size, dtype }, x, "the workspace's x");
  checkRoom(action, "unknowns", columns, made.name, x.size);
}

/** Refuses a system with more of something than its workspace was planned for. */
export function checkRoom(
  action: string,
  what: "rows" | "unknowns",
  count: number,
  workspace: string,
  planned: number,
): void {
  if (count <= planned) return;
  throw new TypeError(
    `Cannot ${action}: the system has ${count} ${what}, the ${workspace} was planned for at most ${planned}`,
  );
}

/** Refuses an operator that does not declare to be symmetric. */
export function checkDeclaredSymmetric(action: string, op: LinearOperator): void {
  checkLinearOperator(action, "the operator", op);
  if (op.isSymmetric) return;
  throw new TypeError(
    `Cannot ${action}: the operator does not declare to be symmetric, solve by lsmr() instead`,
  );
}

/** Refuses a preconditioner that is no operator on the system's vectors. */
export function checkPreconditioner(
  action: string,
  op: LinearOperator,
  preconditioner: LinearOperator | undefined,
): void {
  if (preconditioner === undefined) return;
  checkLinearOperator(action, "the preconditioner", preconditioner);
  checkSameSpace("precondition", op, preconditioner);
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
