// Reads JSON from bytes, strictly and with the offset of every complaint. `JSON.parse` would keep the last
// of duplicate keys, round 2^53 + 1, accept 1e3 as a size, and descend as deep as a file asks it to.
import { CheckpointFormatError } from "../../runtime/errors.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** Longer strings are worth a call of the host's decoder. */
const SHORT = 32;

/** A string of the header. */
export interface HeaderString {
  /** Its value. */
  readonly text: string;
  /** The bytes between its quotes: the first, and the one after the last. */
  readonly start: number;
  readonly end: number;
}

/** A place in a file, which advances as JSON is read. */
export class JsonCursor {
  /** The next byte. */
  position: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** Reads the bytes from `start` to `end`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.position = start;
    this.#bytes = bytes;
    this.#end = end;
  }

  /** Stops here. */
  fail(why: string, offset: number = this.position): never {
    throw new CheckpointFormatError(why, offset);
  }

  /** Reads an object; `member` reads the value of each key. Duplicate keys are refused. */
  object(member: (key: HeaderString) => void): void {
    const seen = new Set<string>();
    this.#list("{", "}", () => {
      const key = this.string();
      if (seen.has(key.text)) this.fail(`key ${quote(key.text)} is there twice`, key.start);
      seen.add(key.text);
      this.#expect(":");
      member(key);
    });
  }

  /** Reads an array; `element` reads each element. */
  array(element: () => void): void {
    this.#list("[", "]", element);
  }

  /** Reads a string of valid Unicode. */
  string(): HeaderString {
    this.#expect('"');
    const start = this.position;
    let isEscaped = false;
    for (let byte = this.#byte(); byte !== QUOTE; byte = this.#byte()) {
      if (byte === undefined || byte < SPACE) this.fail("a string does not end");
      if (byte === BACKSLASH) isEscaped = true;
      this.position += byte === BACKSLASH ? 2 : 1;
    }
    const end = this.position++;
    const raw = this.#decode(start, end);
    return { text: isEscaped ? this.#unescape(raw, start) : raw, start, end };
  }

  /** Reads a whole number from 0 to 2^53 - 1, written in digits alone. */
  integer(): number {
    this.#skipSpace();
    const start = this.position;
    let value = 0; // from 2^53 on it rounds, but never to below 2^53
    for (let byte = this.#byte(); isDigit(byte); byte = this.#byte()) {
      value = 10 * value + byte - ZERO;
      this.position++;
    }
    const digits = this.position - start;
    const isPadded = digits > 1 && this.#bytes[start] === ZERO;
    if (digits === 0 || isPadded || !Number.isSafeInteger(value)) {
      this.fail("a size or offset is not a whole number from 0 to 2^53 - 1", start);
    }
    return value;
  }

  /** Reads what may follow the last value: nothing but spaces. */
  padding(): void {
    while (this.#byte() === SPACE) this.position++;
    if (this.position !== this.#end) this.fail("the header goes on after its end");
  }

  #list(open: string, close: string, item: () => void): void {
    this.#expect(open);
    if (this.#accept(close)) return;
    do item(); while (this.#accept(","));
    this.#expect(close);
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) this.fail(`expected ${symbol}`);
  }

  #accept(symbol: string): boolean {
    this.#skipSpace();
    const isThere = this.#byte() === symbol.charCodeAt(0);
    if (isThere) this.position++;
    return isThere;
  }

  #skipSpace(): void {
    for (let byte = this.#byte(); isSpace(byte); byte = this.#byte()) this.position++;
  }

  #byte(): number | undefined {
    return this.position < this.#end ? this.#bytes[this.position] : undefined;
  }

  #decode(start: number, end: number): string {
    const short = end - start <= SHORT ? asciiText(this.#bytes, start, end) : undefined;
    if (short !== undefined) return short;
    try {
      return this.#decoder.decode(this.#bytes.subarray(start, end));
    } catch {
      this.fail("a string is not UTF-8", start);
    }
  }

  #unescape(raw: string, start: number): string {
    let text = "";
    try {
      text = JSON.parse(`"${raw}"`) as string;
    } catch {
      this.fail("a string has an escape that JSON does not know", start);
    }
    if (!isWellFormed(text)) this.fail("a string is not valid Unicode", start);
    return text;
  }
}

/** A text as messages show it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** The text of bytes that are ASCII, undefined if they are not. */
function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  for (let i = start; i < end; i++) {
    if (bytes[i] >= 0x80) return undefined;
    text += String.fromCharCode(bytes[i]);
  }
  return text;
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** Space, tab, line feed or carriage return. */
function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** False when a surrogate stands alone. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
