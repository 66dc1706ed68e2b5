// Values as messages name them, with the way out of frequent slips. Nothing here runs code of a value.

const LONGEST_QUOTE = 40;

/** A value as messages name it. */
export function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST_QUOTE));
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return "a bigint (Number() makes a number of it)";
  if (typeof value === "function") return describeFunction(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  return describeObject(value);
}

/** The same where a number is wanted: forms and files give them as strings. */
export function describeNonNumber(value: unknown): string {
  const isNumeric = typeof value === "string" && value.trim() !== "" &&
    Number.isFinite(Number(value));
  return `${describe(value)}${isNumeric ? " (Number() makes a number of it)" : ""}`;
}

/** What is given where its result is wanted, as `squaredError`, is named with its call; classes are not called. */
function describeFunction(value: object): string {
  const name = ownValue(value, "name");
  if (typeof name !== "string" || name === "") return "a function";
  const isClass = ownProperty(value, "prototype")?.writable === false;
  return isClass ? `the class ${name}` : `the function ${name} (call it: ${name}())`;
}

function describeObject(value: object): string {
  const made = ownValue(prototypeOf(value), "constructor");
  const name = typeof made === "function" ? ownValue(made, "name") : undefined;
  if (typeof name !== "string" || name === "" || name === "Object") return "an object";
  const article = /^[AEIOU]/.test(name) ? "an" : "a";
  return `${article} ${name}${name === "Promise" ? " (await it)" : ""}`;
}

function prototypeOf(value: object): object | null {
  try {
    return Object.getPrototypeOf(value);
  } catch {
    return null; // a proxy that refuses
  }
}

function ownProperty(value: object | null, key: string): PropertyDescriptor | undefined {
  try {
    return value === null ? undefined : Object.getOwnPropertyDescriptor(value, key);
  } catch {
    return undefined;
  }
}

function ownValue(value: object | null, key: string): unknown {
  return ownProperty(value, key)?.value;
}
