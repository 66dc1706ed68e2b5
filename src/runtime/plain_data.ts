// Settings as plain data: what JSON can hold, but for numbers of every kind. They are copied when they are taken, so that
// nobody can change them behind the back of what depends on them.
import { describe } from "./arguments.ts";

/** What settings are made of. */
export type Plain =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Plain[]
  | PlainRecord;

/** Settings by their names. */
export interface PlainRecord {
  /** A setting. */
  readonly [name: string]: Plain;
}

/** Levels within one another; more are a cycle. */
const DEEPEST = 32;

/**
 * A frozen copy of named settings; refuses what is no plain data, and cycles.
 *
 * @throws {TypeError} when `value` is not an object of plain data.
 */
export function plainRecord(action: string, what: string, value: unknown): PlainRecord {
  if (!isRecord(value)) refuse(action, what, "an object of plain data", value);
  return copyRecord(action, what, value, 0);
}

function copy(action: string, what: string, value: unknown, depth: number): Plain {
  if (depth > DEEPEST) refuse(action, what, "plain data without cycles", value);
  if (Array.isArray(value)) {
    return Object.freeze(
      Array.from(value, (part, i) => copy(action, `${what}[${i}]`, part, depth + 1)),
    );
  }
  if (isRecord(value)) return copyRecord(action, what, value, depth);
  const isLeaf = value === null || value === undefined ||
    ["string", "number", "boolean"].includes(typeof value);
  if (!isLeaf) refuse(action, what, "plain data", value);
  return value as Plain;
}

function copyRecord(action: string, what: string, value: object, depth: number): PlainRecord {
  const entries = Object.entries(value).map(([name, part]) =>
    [name, copy(action, `${what}.${name}`, part, depth + 1)] as const
  );
  return Object.freeze(Object.fromEntries(entries));
}

/** True for objects that are nothing but their named values. */
function isRecord(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(action: string, what: string, wanted: string, value: unknown): never {
  throw new TypeError(`Cannot ${action}: ${what} must be ${wanted}, not ${describe(value)}`);
}

/** Refuses what is neither a number nor a text. */
export function checkVersion(action: string, version: unknown): void {
  const isVersion = typeof version === "string" ||
    (typeof version === "number" && Number.isFinite(version));
  if (!isVersion) refuse(action, "the version", "a number or a string", version);
}
