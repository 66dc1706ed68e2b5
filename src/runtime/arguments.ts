// Checks of what users pass. Each says what cannot be done, which argument is at fault and why; none costs
// more than a few comparisons.
import { describe, describeNonNumber } from "./describe.ts";
import { otherName } from "./nearest_name.ts";

export { describe, describeNonNumber };

/** What a number may be. */
export type Domain =
  | "finite"
  | "positive"
  | "proper"
  | "non-negative"
  | "fraction"
  | "count"
  | "whole";

const DOMAINS: Readonly<Record<Domain, { holds: (value: number) => boolean; text: string }>> = {
  finite: { holds: () => true, text: "finite" },
  positive: { holds: (value) => value > 0, text: "positive and finite" },
  proper: { holds: (value) => value > 0 && value < 1, text: "positive and below 1" },
  "non-negative": { holds: (value) => value >= 0, text: "finite and not negative" },
  count: { holds: (value) => value >= 1 && Number.isInteger(value), text: "whole and positive" },
  whole: { holds: (value) => value >= 0 && Number.isInteger(value), text: "whole, not negative" },
  fraction: { holds: (value) => value >= 0 && value < 1, text: "at least 0 and below 1" },
};

function refuse(action: string, what: string, wanted: string, value: unknown, hint = ""): never {
  throw new TypeError(`Cannot ${action}: ${what} must be ${wanted}, not ${describe(value)}${hint}`);
}

function refuseNonNumber(action: string, what: string, value: unknown): never {
  throw new TypeError(
    `Cannot ${action}: ${what} must be a number, not ${describeNonNumber(value)}`,
  );
}

/** Refuses what is not an object of named values. */
export function checkObject(
  action: string,
  what: string,
  value: unknown,
  wanted = "an object",
): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(action, what, wanted, value);
  }
}

/** What messages call options. */
const OPTIONS = "the options";

/** The names that an object may have. */
export type Names<T> = ReadonlySet<keyof T & string>;

/** Names of objects that are not told apart. */
export type Known = ReadonlySet<string>;

/** The names in an object of options, stated once beside its type: the compiler compares the two. */
export function namesOf<T, Base = unknown>(
  own: Readonly<Record<Exclude<keyof T, keyof Base>, true>>,
  base: Names<Base> = new Set(),
): Names<T> {
  return new Set([...base, ...Object.keys(own)]) as Known as Names<T>;
}

/** Refuses what is not an object, or has a name that is not known; one that is undefined is absent. */
export function checkNamed(
  action: string,
  what: string,
  value: unknown,
  known: Known,
): asserts value is object {
  checkObject(action, what, value);
  for (const name in value) {
    if (!known.has(name)) checkAbsent(action, what, name, value, known);
  }
}

/** The same of options. */
export function checkOptions(
  action: string,
  options: unknown,
  known: Known,
): asserts options is object {
  checkObject(action, OPTIONS, options);
  for (const name in options) {
    if (!known.has(name)) checkAbsent(action, OPTIONS, name, options, known);
  }
}

/** Refuses a name that is not known, unless its value is undefined. */
function checkAbsent(
  action: string,
  what: string,
  name: string,
  given: object,
  known: Iterable<string>,
): void {
  if (given[name as keyof typeof given] === undefined) return;
  const kind = describe(given), isPlain = kind === "an object", isOptions = what === OPTIONS;
  const whose = isPlain ? "" : `${what} ${isOptions ? "are" : "is"} ${kind}, and `;
  const without = isOptions ? "there is no option" : isPlain ? `${what} has no` : "it has no";
  const instead = otherName(name, [...known]);
  throw new TypeError(`Cannot ${action}: ${whose}${without} ${describe(name)}${instead}`);
}

/** Options with defaults in the place of those that are absent; refuses names that are no options. */
export function withDefaults<T extends object>(
  action: string,
  options: unknown,
  defaults: T,
): Readonly<T> {
  checkObject(action, OPTIONS, options);
  for (const name in options) {
    if (Object.hasOwn(defaults, name)) continue;
    checkAbsent(action, OPTIONS, name, options, Object.keys(defaults));
  }
  const given = options as Record<string, unknown>;
  const chosen = Object.entries(defaults).map(([name, value]) => {
    const own = given[name];
    return [name, own === undefined ? value : own];
  });
  return Object.freeze(Object.fromEntries(chosen));
}

/** Refuses what is neither true nor false. */
export function checkBoolean(action: string, what: string, value: unknown): void {
  if (typeof value !== "boolean") refuse(action, what, "true or false", value);
}

/** Refuses what is not a string. */
export function checkString(action: string, what: string, value: unknown): void {
  if (typeof value !== "string") refuse(action, what, "a string", value);
}

/** Refuses what is not a function. */
export function checkFunction(action: string, what: string, value: unknown): void {
  if (typeof value !== "function") refuse(action, what, "a function", value);
}

/** Refuses what is not one of the names. */
export function checkName(action: string, what: string, value: unknown, ...names: string[]): void {
  if (typeof value === "string" && names.includes(value)) return;
  const wanted = names.map((name) => JSON.stringify(name)).join(" or ");
  throw new TypeError(`Cannot ${action}: ${what} must be ${wanted}, not ${describe(value)}`);
}

/** Refuses what is not a finite number of a domain; returns it. */
export function checkNumber(
  action: string,
  what: string,
  value: unknown,
  domain: Domain = "finite",
): number {
  if (typeof value !== "number") refuseNonNumber(action, what, value);
  const { holds, text } = DOMAINS[domain];
  if (!Number.isFinite(value) || !holds(value)) {
    throw new RangeError(`Cannot ${action}: ${what} must be ${text}, not ${value}`);
  }
  return value;
}

/** Refuses what is not a whole number from `minimum` to `maximum`; returns it. */
export function checkWhole(
  action: string,
  what: string,
  value: unknown,
  minimum: number,
  maximum = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number") refuseNonNumber(action, what, value);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new RangeError(
      `Cannot ${action}: ${what} must be whole, from ${minimum} to ${maximum}, not ${value}`,
    );
  }
  return value;
}

/** Refuses an object that lacks one of these methods; `wanted` says what it must be, and what makes one. */
export function checkMethods(
  action: string,
  what: string,
  value: unknown,
  methods: readonly string[],
  wanted?: string,
): void {
  checkObject(action, what, value, wanted);
  for (const method of methods) {
    if (typeof (value as Record<string, unknown>)[method] === "function") continue;
    throw new TypeError(
      wanted === undefined
        ? `Cannot ${action}: ${what} must have the method ${method}()`
        : `Cannot ${action}: ${what} must be ${wanted}, not ${describe(value)} without ${method}()`,
    );
  }
}

/** Refuses bytes that are not a Uint8Array whose memory is still there. */
export function checkBytes(action: string, what: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) {
    const hint = value instanceof ArrayBuffer ? ": new Uint8Array() looks at it" : "";
    refuse(action, what, "a Uint8Array", value, hint);
  }
  checkAttached(action, what, value);
}

/** Refuses a typed array whose buffer was transferred away: it reads as empty. */
export function checkAttached(action: string, what: string, { buffer, length }: TypedArray): void {
  if (length > 0) return;
  try {
    new Uint8Array(buffer);
  } catch {
    throw new TypeError(`Cannot ${action}: the memory of ${what} was transferred away`);
  }
}

interface TypedArray {
  readonly buffer: ArrayBufferLike;
  readonly length: number;
}
