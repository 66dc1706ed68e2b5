// Checks of what users pass. Each says what cannot be done, which argument is at fault and why; none costs
// more than a few comparisons.

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

/** A value as messages name it; never runs code of the value. */
export function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST_QUOTE));
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function refuse(action: string, what: string, wanted: string, value: unknown): never {
  throw new TypeError(`Cannot ${action}: ${what} must be ${wanted}, not ${describe(value)}`);
}

/** Refuses what is not an object of named values. */
export function checkObject(action: string, what: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(action, what, "an object", value);
  }
}

/** Refuses options that are not an object. */
export function checkOptions(action: string, options: unknown): asserts options is object {
  checkObject(action, "the options", options);
}

/** Options with defaults in the place of those that are absent; refuses names that are no options. */
export function withDefaults<T extends object>(
  action: string,
  options: unknown,
  defaults: T,
): Readonly<T> {
  checkOptions(action, options);
  const given = options as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`Cannot ${action}: there is no option ${describe(name)}`);
    }
  }
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
