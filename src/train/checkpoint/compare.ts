// Where two settings differ: the path to the first of them that is not the same in both, and its two values.
import { describe } from "../../runtime/arguments.ts";

/** A setting that differs. */
export interface Difference {
  /** Where it is, for example `layers[2] approximate`; empty for the whole. */
  readonly path: string;
  /** The two values, as messages show them. */
  readonly values: readonly [string, string];
}

/** What holds the text that stands for a value that JSON has no word for. */
const UNWRITABLE = "not JSON";

/** Keys that say nothing in a path: what they hold is named after what holds them. */
const TRANSPARENT: readonly string[] = ["options", "identity"];

const LONGEST_LIST = 8;
const LONGEST_TEXT = 300;

/** As JSON: -0, NaN, infinities and functions as objects with one key; settings that are undefined are left out. */
export function writeSettings(settings: unknown): string {
  return JSON.stringify(settings, function (this: unknown, _key, value: unknown) {
    if (ArrayBuffer.isView(value) && "length" in value) return Array.from(value as Float64Array);
    const text = unwritable(value) ?? (value === undefined && Array.isArray(this) ? "absent" : "");
    return text ? { [UNWRITABLE]: text } : value;
  });
}

function unwritable(value: unknown): string | undefined {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : undefined;
}

/** The first difference in the order of `ours`, or undefined; values that JSON can hold. */
export function firstDifference(theirs: unknown, ours: unknown, path = ""): Difference | undefined {
  if (Array.isArray(theirs) && Array.isArray(ours)) return differenceOfLists(theirs, ours, path);
  if (!isRecord(theirs) || !isRecord(ours)) {
    const areSame = theirs === ours || (isUnwritable(ours) && show(theirs) === show(ours));
    return areSame ? undefined : { path, values: [show(theirs), show(ours)] };
  }
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const [own, other] = [ours, theirs].map((settings) =>
      Object.hasOwn(settings, key) ? settings[key] : undefined
    );
    const found = firstDifference(other, own, within(path, key));
    if (found) return found;
  }
  return undefined;
}

function differenceOfLists(
  theirs: readonly unknown[],
  ours: readonly unknown[],
  path: string,
): Difference | undefined {
  for (let i = 0; i < Math.min(theirs.length, ours.length); i++) {
    const found = firstDifference(theirs[i], ours[i], `${path}[${i}]`);
    if (found) return found;
  }
  if (theirs.length === ours.length) return undefined;
  return { path: within(path, "length"), values: [show(theirs.length), show(ours.length)] };
}

function within(path: string, key: string): string {
  if (TRANSPARENT.includes(key)) return path;
  return path === "" ? key : `${path} ${key}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isUnwritable(value: unknown): value is { readonly [UNWRITABLE]: unknown } {
  return isObject(value) && Object.hasOwn(value, UNWRITABLE);
}

/** Settings by their names. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !isUnwritable(value);
}

function show(value: unknown): string {
  if (value === undefined) return "absent";
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST_TEXT));
  if (isUnwritable(value)) {
    const text = value[UNWRITABLE];
    return typeof text === "string" ? text : describe(text);
  }
  const isList = Array.isArray(value) && value.length <= LONGEST_LIST;
  if (!isList || value.some((each) => typeof each === "object")) return describe(value);
  return `[${value.map(show).join(", ")}]`;
}
