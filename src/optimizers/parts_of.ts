// Functions that take long may have a form in parts. It belongs to the very function: an optimizer that is spread into
// another with a step of its own has no other step behind it.
import type { InParts } from "../runtime/parts.ts";

const PARTS = new WeakMap<object, unknown>();

/** Declares the parts of a function, which together come to the same. */
export function declareParts<A extends unknown[], T>(
  atOnce: (...args: A) => T,
  parts: (...args: A) => InParts<T>,
): void {
  PARTS.set(atOnce, parts);
}

/** The parts of a function; undefined where it has none. */
export function partsOf<A extends unknown[], T>(
  atOnce: (...args: A) => T,
): ((...args: A) => InParts<T>) | undefined {
  return PARTS.get(atOnce) as ((...args: A) => InParts<T>) | undefined;
}
