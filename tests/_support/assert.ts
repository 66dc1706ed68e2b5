// The few assertions that shared tests need; they run in pages too, so they depend on nothing.
import { firstDifference } from "./difference.ts";

/** Fails with `message` unless `condition` holds. */
export function ok(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Fails unless both values are the same, member by member, as `firstDifference` has it. */
export function equal(actual: unknown, expected: unknown, message = "values differ"): void {
  const difference = firstDifference(actual, expected);
  if (difference !== undefined) throw new Error(`${message}: ${difference}`);
}

/** Fails unless both have the same bytes. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, message = "bytes"): void {
  equal(actual.length, expected.length, `${message}: length`);
  const index = actual.findIndex((byte, i) => byte !== expected[i]);
  ok(index < 0, `${message}: byte ${index} is ${actual[index]}, expected ${expected[index]}`);
}

/** Fails unless |actual - expected| <= bound. */
export function near(actual: number, expected: number, bound: number, message = "value"): void {
  const error = Math.abs(actual - expected);
  if (!(error <= bound)) {
    throw new Error(
      `${message}: got ${actual}, expected ${expected}, error ${error} above ${bound}`,
    );
  }
}

/** Fails unless every element is within `bound` times the largest magnitude that is expected. */
export function allNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number,
  message = "array",
): void {
  equal(actual.length, expected.length, `${message}: length`);
  let scale = Number.MIN_VALUE;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  ok(scale < Infinity, `${message}: what is expected is not finite, so everything is near it`);
  for (let i = 0; i < expected.length; i++) {
    near(actual[i], expected[i], bound * scale, `${message}[${i}]`);
  }
}

type ErrorClass = new (...args: never[]) => Error;

/** Fails unless `body` throws an error of the class whose message matches and follows our grammar. */
export function throws(body: () => unknown, kind: ErrorClass, pattern: RegExp): void {
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  checkError(thrown, kind, pattern);
}

/** The same for a promise that must reject. */
export async function rejects(
  body: () => Promise<unknown>,
  kind: ErrorClass,
  pattern: RegExp,
): Promise<void> {
  let thrown: unknown;
  try {
    await body();
  } catch (error) {
    thrown = error;
  }
  checkError(thrown, kind, pattern);
}

function checkError(thrown: unknown, kind: ErrorClass, pattern: RegExp): void {
  ok(thrown instanceof kind, `expected ${kind.name}, got ${thrown}`);
  ok(pattern.test(thrown.message), `message "${thrown.message}" does not match ${pattern}`);
  ok(/^Cannot .+[^.]$/s.test(thrown.message), `message "${thrown.message}" breaks the grammar`);
}
