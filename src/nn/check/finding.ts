// What checkers find: numbers, and a sentence that says what is wrong and what it looks like.
import { checkFunction, type Names, namesOf } from "../../runtime/arguments.ts";
import type { DType } from "../../runtime/dtype.ts";

/** One thing that was checked. */
export interface Finding {
  /** What must hold, for example "the vjp in the input is the adjoint of the jvp". */
  readonly check: string;
  /** Whether it holds. */
  readonly holds: boolean;
  /** Relative error that was measured; 0 where bits are compared and equal, 1 where they differ. */
  readonly error: number;
  /** What the error may be. */
  readonly bound: number;
  /** What is wrong and what it looks like; absent when it holds. */
  readonly diagnosis: string | undefined;
  /** The order in which the remainder of the Taylor expansion shrinks, where it was measured. */
  readonly taylorSlope?: number;
}

/** All findings of one checker. */
export interface CheckReport {
  /** What was checked. */
  readonly subject: string;
  /** True when everything holds. */
  readonly isSound: boolean;
  /** Every check in its order. */
  readonly findings: readonly Finding[];
}

/** Where diagnoses are printed. */
export interface PrintOptions {
  /** Takes each diagnosis; `() => {}` keeps silent. @default console.error */
  readonly print?: (diagnosis: string) => void;
}

/** Its name. */
export const PRINT_NAMES: Names<PrintOptions> = namesOf<PrintOptions>({ print: true });

/** Refuses what cannot print. */
export function checkPrint(action: string, { print }: PrintOptions): void {
  if (print !== undefined) checkFunction(action, "print", print);
}

/** The report of findings, whose diagnoses are printed. */
export function report(
  subject: string,
  findings: readonly Finding[],
  { print = (text) => console.error(text) }: PrintOptions,
): CheckReport {
  const wrong = findings.filter(({ holds }) => !holds);
  for (const { diagnosis } of wrong) print(`${subject}: ${diagnosis}`);
  return Object.freeze({ subject, isSound: wrong.length === 0, findings });
}

/** Bounds of relative errors. */
export interface Bounds {
  /** Of two ways to compute one number. */
  readonly identity: number;
  /** Of a derivative beside a central difference. */
  readonly difference: number;
  /** Step of such a difference. */
  readonly step: number;
  /** Derivatives below this share of the value drown in its roundoff. */
  readonly floor: number;
}

/** Roundoff of sums, and of (f(x + h) - f(x - h)) / 2h with its truncation h². */
export function boundsOf(dtype: DType): Bounds {
  return dtype === "float64"
    ? { identity: 1e-9, difference: 1e-5, step: 1 / 131072, floor: 1e-5 }
    : { identity: 1e-3, difference: 0.03, step: 1 / 512, floor: 0.005 };
}

const norm = (x: readonly number[]): number =>
  Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Factors that mistakes are known for. */
const SUSPECTS: readonly (readonly [number, string])[] = [
  [-1, "the sign is wrong"],
  [2, "a factor 2?"],
  [0.5, "a factor 1/2?"],
  [-2, "the sign, and a factor 2?"],
  [0, "is it computed at all?"],
];

/** What the relation of a result to what it should be looks like. */
function suspicion(found: readonly number[], expected: readonly number[], size: number): string {
  const length = dot(expected, expected);
  const factor = length > 0 ? dot(found, expected) / length : 0;
  const rest = norm(found.map((value, i) => value - factor * expected[i]));
  if (rest > 0.001 * norm(found)) {
    return "no constant factor explains it: a missing transposition, or a term left out?";
  }
  const near = (value: number): boolean => Math.abs(factor - value) < 0.001;
  const known = SUSPECTS.find(([value]) => near(value));
  if (known) return known[1];
  if (near(size) || near(1 / size)) return `a factor of the batch size (${size})?`;
  return `a factor ${factor.toPrecision(3)}?`;
}

/** What is compared. */
export interface Comparison {
  /** What must hold. */
  readonly check: string;
  /** The same when it does not hold. */
  readonly broken: string;
  /** What was found, several numbers. */
  readonly found: readonly number[];
  /** What it should be. */
  readonly expected: readonly number[];
  /** Sizes that errors are relative to, one for each number. @default those of the expected numbers */
  readonly scale?: number;
  /** What the error may be. */
  readonly bound: number;
  /** Samples in the batch. */
  readonly batchSize?: number;
}

/** Compares numbers that must agree. */
export function compare(
  { check, broken, found, expected, scale, bound, batchSize = 1 }: Comparison,
): Finding {
  const size = Math.max(scale ?? 0, norm(expected), norm(found) * 1e-3, Number.MIN_VALUE);
  const error = norm(found.map((value, i) => value - expected[i])) / size;
  const holds = error <= bound;
  const why = holds ? undefined : suspicion(found, expected, batchSize);
  const diagnosis = holds ? undefined : `${broken}: relative error ${error.toPrecision(2)}; ${why}`;
  return { check, holds, error, bound, diagnosis };
}

/** Compares bits. */
export function compareBits(
  check: string,
  broken: string,
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
): Finding {
  const holds = found.length === expected.length &&
    Array.from(found).every((value, i) => Object.is(value, expected[i]));
  return { check, holds, error: holds ? 0 : 1, bound: 0, diagnosis: holds ? undefined : broken };
}

/** A finding of something that failed with an error. */
export function failure(check: string, error: unknown): Finding {
  const text = error instanceof Error ? error.message : String(error);
  return { check, holds: false, error: Infinity, bound: 0, diagnosis: `${check}: ${text}` };
}

/** A finding with the measured order of the remainder, which is `due` when the derivative is right. */
export function withSlope(finding: Finding, slope: number | undefined, due: number): Finding {
  if (slope === undefined) return finding;
  const { diagnosis } = finding;
  const text = `${diagnosis}; the Taylor slope is ${slope.toPrecision(2)} where ${due} is due`;
  return { ...finding, taylorSlope: slope, diagnosis: diagnosis && text };
}

/** Looks for a negative wᵀM w among pairs of it and wᵀw. */
export function positive(
  what: string,
  forms: readonly (readonly [form: number, square: number])[],
  largest: number,
  bound: number,
): Finding {
  const least = Math.min(...forms.map(([form, square]) => form / square));
  const error = largest > 0 ? Math.max(0, -least / largest) : 0;
  const holds = error <= bound;
  return {
    check: `${what} is positive semidefinite`,
    holds,
    error,
    bound,
    diagnosis: holds
      ? undefined
      : `${what} is not positive semidefinite: wᵀMw is ${least.toPrecision(2)} of wᵀw`,
  };
}
