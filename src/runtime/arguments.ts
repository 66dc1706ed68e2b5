// Checks of what users pass. Each says what cannot be done, which argument is at fault and why; none costs
// more than a few comparisons.
import { nearestName } from "./nearest_name.ts";

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

const LONGEST_QUOTE = 40;

/** A value as messages name it, with the way out of a frequent slip; never runs code of the value. */
export function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST_QUOTE));
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return "a bigint (Number() makes a number of it)";
  if (typeof value === "function") return describeFunction(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  return isPromise(value) ? "a Promise (await it)" : "an object";
}

/** What is given where its result is wanted, as `squaredError`, is named with its call; classes are not called. */
function describeFunction(value: object): string {
  const own = (key: string): PropertyDescriptor | undefined => {
    try {
      return Object.getOwnPropertyDescriptor(value, key);
    } catch {
      return undefined; // a proxy that refuses
    }
  };
  const name: unknown = own("name")?.value;
  if (typeof name !== "string" || name === "") return "a function";
  if (own("prototype")?.writable === false) return `the class ${name}`;
  return `the function ${name} (call it: ${name}())`;
}

function isPromise(value: object): boolean {
  try {
    return value instanceof Promise;
  } catch {
    return false; // a proxy that refuses
  }
}

function refuse(action: string, what: string, wanted: string, value: unknown): never {
  throw new TypeError(`Cannot ${action}: ${what} must be ${wanted}, not ${describe(value)}`);
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
    if (!known.has(name)) checkAbsent(action, `${what} has no`, name, value, known);
  }
}

/** The same of options. */
export function checkOptions(
  action: string,
  options: unknown,
  known: Known,
): asserts options is object {
  checkObject(action, "the options", options);
  for (const name in options) {
    if (!known.has(name)) checkAbsent(action, "there is no option", name, options, known);
  }
}

/** Refuses a name that is not known, unless its value is undefined. */
function checkAbsent(
  action: string,
  without: string,
  name: string,
  given: object,
  known: Iterable<string>,
): void {
  if (given[name as keyof typeof given] === undefined) return;
  const names = [...known], near = nearestName(name, names);
  const hint = near === undefined
    ? `, only ${names.map((other) => describe(other)).join(", ")}`
    : `, did you mean ${describe(near)}?`;
  throw new TypeError(`Cannot ${action}: ${without} ${describe(name)}${hint}`);
}

/** Options with defaults in the place of those that are absent; refuses names that are no options. */
export function withDefaults<T extends object>(
  action: string,
  options: unknown,
  defaults: T,
): Readonly<T> {
  checkObject(action, "the options", options);
  for (const name in options) {
    if (Object.hasOwn(defaults, name)) continue;
    checkAbsent(action, "there is no option", name, options, Object.keys(defaults));
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
  if (typeof value !== "number") refuse(action, what, "a number", value);
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
  if (typeof value !== "number") refuse(action, what, "a number", value);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new RangeError(
      `Cannot ${action}: ${what} must be whole, from ${minimum} to ${maximum}, not ${value}`,
    );
  }
  return value;
}

/** Refuses an object that lacks one of these methods. */
export function checkMethods(
  action: string,
  what: string,
  value: unknown,
  methods: readonly string[],
): void {
  checkObject(action, what, value);
  for (const method of methods) {
    if (typeof (value as Record<string, unknown>)[method] !== "function") {
      throw new TypeError(`Cannot ${action}: ${what} must have the method ${method}()`);
    }
  }
}

/** Refuses bytes that are not a Uint8Array whose memory is still there. */
export function checkBytes(action: string, what: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) refuse(action, what, "a Uint8Array", value);
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
