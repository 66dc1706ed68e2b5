// A value in one short line for a message, with what JSON has no word for: NaN, -0, undefined, classes.
const SHOWN_DEPTH = 3;
const SHOWN_ELEMENTS = 8;

/** The value as one would write it, cut where it is long or deep. */
export function show(value: unknown, depth = SHOWN_DEPTH): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);

  if (Array.isArray(value)) return showList("", value, depth);
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || prototype === Object.prototype;
  const name = prototype?.constructor?.name ?? "";
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return showList(`${name} `, value as unknown as ArrayLike<unknown>, depth);
  }
  if (value instanceof Map || value instanceof Set) return showList(`${name} `, [...value], depth);
  if (value instanceof Error) return `${name} ${show(value.message)}`;
  if (value instanceof Date || value instanceof RegExp) return `${name} ${String(value)}`;
  if (!isPlain) return `an object of class ${name}`;

  const texts = Object.entries(value).map(([key, member]) => () =>
    `${key}: ${show(member, depth - 1)}`
  );
  return `{${texts.length === 0 ? "" : ` ${joined(texts, depth)} `}}`;
}

function showList(name: string, list: ArrayLike<unknown>, depth: number): string {
  const texts = Array.from(
    { length: list.length > SHOWN_ELEMENTS ? SHOWN_ELEMENTS + 1 : list.length },
    (_, i) => () => show(list[i], depth - 1),
  );
  const count = list.length > SHOWN_ELEMENTS ? ` (${list.length})` : "";
  return `${name}[${joined(texts, depth)}]${count}`;
}

function joined(texts: readonly (() => string)[], depth: number): string {
  if (depth === 0) return "…";
  const shown = texts.slice(0, SHOWN_ELEMENTS).map((text) => text());
  return [...shown, ...(texts.length > SHOWN_ELEMENTS ? ["…"] : [])].join(", ");
}
