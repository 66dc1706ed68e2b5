// What both forms of a fit are told, and what they refuse.
import { checkNumber, checkWhole, describe } from "../../runtime/arguments.ts";
import type { HostSignal } from "../../runtime/host_types.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { checkSignal } from "../../runtime/signal.ts";
import type { IterationLimits } from "./iterate.ts";

/** What messages call a fit. */
export const ACTION = "fit a curve";

/** Limits as options; see `CurveFitOptions`. */
export interface LimitOptions {
  readonly tolerance?: number;
  readonly maxIterations?: number;
  readonly initialDamping?: number;
  readonly acceleration?: number;
  readonly signal?: HostSignal;
}

/** Limits with defaults filled in, refused where they are out of range. */
export function iterationLimits(
  { tolerance = 1e-9, maxIterations = 1000, initialDamping = 1e-3, acceleration = 0, signal }:
    LimitOptions,
): IterationLimits {
  checkNumber(ACTION, "tolerance", tolerance, "proper");
  checkNumber(ACTION, "initialDamping", initialDamping, "positive");
  checkNumber(ACTION, "acceleration", acceleration, "non-negative");
  checkWhole(ACTION, "maxIterations", maxIterations, 0);
  if (signal !== undefined) checkSignal(ACTION, signal);
  return { tolerance, maxIterations, initialDamping, acceleration, signal };
}

/** Refuses what is not a list, is empty or has not as many elements as y. */
export function checkList(what: string, list: unknown, length?: number, other = "y"): void {
  const isList = Array.isArray(list) || (ArrayBuffer.isView(list) && "length" in list);
  if (!isList) {
    throw new TypeError(`Cannot ${ACTION}: ${what} must be an array, not ${describe(list)}`);
  }
  const found = (list as ArrayLike<unknown>).length;
  if (found === 0) throw new RangeError(`Cannot ${ACTION}: ${what} is empty`);
  if (length !== undefined && found !== length) {
    throw new TypeError(`Cannot ${ACTION}: ${what} has ${found} elements, ${other} ${length}`);
  }
}

/** A list of finite numbers as an array. */
export function numbers(
  what: string,
  list: ArrayLike<number>,
  length?: number,
  other?: string,
): number[] {
  checkList(what, list, length, other);
  return Array.from(list, (value, i) => {
    if (typeof value !== "number") checkNumber(ACTION, `${what}[${i}]`, value);
    if (!Number.isFinite(value)) throw new NonFiniteError(ACTION, `${what}[${i}]`);
    return value;
  });
}

/** The square roots of weights, refused where one is negative. */
export function weightRoots(
  weights: ArrayLike<number>,
  length: number,
  other?: string,
): Float64Array {
  const checked = numbers("weights", weights, length, other);
  for (const [i, weight] of checked.entries()) {
    checkNumber(ACTION, `weights[${i}]`, weight, "non-negative");
  }
  return Float64Array.from(checked, Math.sqrt);
}
