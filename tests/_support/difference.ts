// Where two values differ first, member by member under Object.is: NaN is NaN and nothing else, 0 is not -0,
// an absent member is not an undefined one, and what cannot be looked into is the same only as itself.
// Lists, typed arrays, maps and sets have an order, which counts; the members of an object have none.
import { show } from "./show.ts";

/** The place and the values of the first difference, "at .a[2]: got 1, expected 2"; undefined if there is none. */
export function firstDifference(actual: unknown, expected: unknown): string | undefined {
  return between(actual, expected, "", new Map());
}

/** The partners that each object met on the way: they are being compared or are the same. Cycles end here. */
type Visited = Map<object, Set<object>>;
type Member = readonly [place: string, value: unknown];

/** All that makes an object of its class what it is. */
interface Parts {
  readonly members: readonly Member[];
  /** Elements that are primitive, of which there may be millions. */
  readonly numbers?: ArrayLike<number | bigint>;
}

const ABSENT = Symbol("nothing");

function between(
  actual: unknown,
  expected: unknown,
  path: string,
  visited: Visited,
): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  const differ = (what: string): string => path === "" ? what : `at ${path}: ${what}`;
  const shown = (): string => `got ${showMember(actual)}, expected ${showMember(expected)}`;
  if (!isObject(actual) || !isObject(expected)) return differ(shown());

  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) {
    return differ(`${shown()} of another class`);
  }
  const [got, wanted] = [partsOf(actual), partsOf(expected)];
  if (got === undefined || wanted === undefined) {
    return differ(`${shown()}, which only its identity makes the same`);
  }
  if (haveMet(visited, actual, expected)) return undefined;

  const values = new Map(got.members);
  for (const [place, value] of wanted.members) {
    const found = values.has(place) ? values.get(place) : ABSENT;
    const difference = between(found, value, path + place, visited);
    if (difference !== undefined) return difference;
    values.delete(place);
  }
  for (const [place, value] of values) return between(value, ABSENT, path + place, visited);

  const numbers = wanted.numbers ?? [];
  for (let i = 0; i < numbers.length; i++) {
    const difference = between(got.numbers?.[i], numbers[i], `${path}[${i}]`, visited);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function haveMet(visited: Visited, actual: object, expected: object): boolean {
  const partners = visited.get(actual) ?? new Set();
  if (partners.has(expected)) return true;
  visited.set(actual, partners.add(expected));
  return false;
}

/** Undefined for a class that may hide a part of its state. */
function partsOf(value: object): Parts | undefined {
  if (value instanceof DataView) return bytesOf(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return bytesOf(value, 0, value.byteLength);
  if (ArrayBuffer.isView(value)) {
    const numbers = value as unknown as ArrayLike<number | bigint>;
    return { members: [[".length", numbers.length]], numbers };
  }
  const special = specialMembersOf(value);
  return special && { members: [...special, ...ownMembersOf(value)] };
}

function bytesOf(buffer: ArrayBufferLike, offset: number, length: number): Parts {
  return { members: [[".byteLength", length]], numbers: new Uint8Array(buffer, offset, length) };
}

function specialMembersOf(value: object): readonly Member[] | undefined {
  if (Array.isArray(value)) return [[".length", value.length]];
  if (value instanceof Map) return [[".size", value.size], [".entries()", [...value]]];
  if (value instanceof Set) return [[".size", value.size], [".values()", [...value]]];
  if (value instanceof Date) return [[".getTime()", value.getTime()]];
  if (value instanceof RegExp) return [[".source", value.source], [".flags", value.flags]];
  if (value instanceof Error) {
    return [[".name", value.name], [".message", value.message], [".cause", value.cause]];
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? [] : undefined;
}

function ownMembersOf(value: object): readonly Member[] {
  return Reflect.ownKeys(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
    .map((key) => [placeOf(key), Reflect.get(value, key)]);
}

function placeOf(key: string | symbol): string {
  if (typeof key === "symbol") return `[${String(key)}]`;
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function showMember(value: unknown): string {
  return value === ABSENT ? "nothing" : show(value);
}
