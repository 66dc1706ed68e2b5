import { allNear, equal, ok } from "../_support/assert.ts";
import { firstDifference } from "../_support/difference.ts";
import { test } from "../_support/harness.ts";

class Hidden {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  get doubled(): number {
    return 2 * this.#value;
  }
}

const named = (name: string, value: unknown): object => ({ [name]: value });
const cycle = (last: unknown): object => {
  const list: unknown[] = [1];
  const loop = { list, last };
  list.push(loop);
  return loop;
};
const bytes = (...values: number[]): ArrayBuffer => Uint8Array.of(...values).buffer;
const withExtra = (name: string): number[] => Object.assign([1, 2], { [name]: 3 });
const same = new Hidden(1);

/** Each is made twice, and both must be the same. */
const EQUAL: Readonly<Record<string, () => unknown>> = {
  "NaN": () => NaN,
  "undefined": () => undefined,
  "functions by identity": () => equal,
  "instances by identity": () => ({ same }),
  "nested objects": () => ({ a: [{ b: NaN, c: -0 }, undefined, null], d: { e: "f" } }),
  "undefined members": () => ({ a: undefined }),
  "objects without prototype": () => Object.assign(Object.create(null), { a: 1 }),
  "holes": () => Array.from({ length: 2 }).concat(new Array(2)),
  "members by symbol": () => ({ [Symbol.iterator]: 1 }),
  "typed arrays": () => Float32Array.of(NaN, -0, 1.5),
  "big integers": () => BigInt64Array.of(1n, -2n),
  "buffers": () => bytes(1, 2),
  "data views": () => new DataView(bytes(1, 2, 3), 1),
  "maps": () => new Map<unknown, unknown>([["a", { b: NaN }], [{ key: 1 }, -0]]),
  "sets": () => new Set([{ a: 1 }, { a: 1 }]),
  "dates": () => new Date(1e12),
  "expressions": () => /a(b)/giu,
  "errors": () => new RangeError("Cannot see", { cause: { step: 3 } }),
  "cycles": () => cycle(1),
};

const DIFFERENT: Readonly<Record<string, readonly [unknown, unknown, where: RegExp]>> = {
  "NaN and null": [NaN, null, /^got NaN, expected null$/],
  "0 and -0": [-0, 0, /^got -0, expected 0$/],
  "infinity and null": [Infinity, null, /^got Infinity, expected null$/],
  "a number and its text": [1, "1", /^got 1, expected "1"$/],
  "a number and its integer": [1n, 1, /^got 1n, expected 1$/],
  "undefined and null": [undefined, null, /^got undefined, expected null$/],
  "NaN and null in an object": [{ a: { b: NaN } }, { a: { b: null } }, /^at \.a\.b: got NaN/],
  "0 and -0 in a list": [[1, [0]], [1, [-0]], /^at \[1\]\[0\]: got 0, expected -0$/],
  "absent and undefined": [{}, { a: undefined }, /^at \.a: got nothing, expected undefined$/],
  "undefined and absent": [{ a: undefined }, {}, /^at \.a: got undefined, expected nothing$/],
  "a hole and undefined": [new Array(1), [undefined], /^at \[0\]: got nothing/],
  "a list and a shorter one": [[1, 2], [1], /^at \.length: got 2, expected 1$/],
  "members of lists": [withExtra("a"), withExtra("b"), /^at \.b: got nothing, expected 3$/],
  "a list and an object": [[1], { 0: 1 }, /another class$/],
  "names in need of quotes": [named("a b", 1), named("a b", 2), /^at \["a b"\]: got 1/],
  "members by symbol": [{ [Symbol.iterator]: 1 }, {}, /^at \[Symbol\(Symbol.iterator\)\]: got 1/],
  "a prototype and none": [{}, Object.create(null), /another class$/],
  "functions": [{ toJSON: () => 1 }, { toJSON: () => 1 }, /^at \.toJSON: got function toJSON/],
  "instances whose state is hidden": [new Hidden(1), new Hidden(2), /class Hidden.*identity/],
  "an instance and a plain object": [new Hidden(1), {}, /another class$/],
  "0 and -0 in typed arrays": [Float32Array.of(1, 0), Float32Array.of(1, -0), /^at \[1\]: got 0/],
  "NaN and 0 in typed arrays": [Float64Array.of(NaN), Float64Array.of(0), /^at \[0\]: got NaN/],
  "typed arrays of two kinds": [Int8Array.of(1), Uint8Array.of(1), /another class$/],
  "a typed array and a list": [Int8Array.of(1), [1], /another class$/],
  "lengths of typed arrays": [Int8Array.of(1), Int8Array.of(1, 0), /^at \.length: got 1/],
  "buffers": [{ a: bytes(1, 2) }, { a: bytes(1, 3) }, /^at \.a\[1\]: got 2, expected 3$/],
  "lengths of buffers": [bytes(1), bytes(), /^at \.byteLength: got 1, expected 0$/],
  "data views": [new DataView(bytes(1)), new DataView(bytes(2)), /^at \[0\]: got 1/],
  "values of maps": [
    new Map([["a", 1]]),
    new Map([["a", 2]]),
    /^at \.entries\(\)\[0\]\[1\]: got 1/,
  ],
  "keys of maps": [
    new Map([["a", 1]]),
    new Map([["b", 1]]),
    /^at \.entries\(\)\[0\]\[0\]: got "a"/,
  ],
  "sizes of maps": [new Map([["a", 1]]), new Map(), /^at \.size: got 1, expected 0$/],
  "the order of sets": [new Set([1, 2]), new Set([2, 1]), /^at \.values\(\)\[0\]: got 1/],
  "a map and a set": [new Map(), new Set(), /another class$/],
  "dates": [new Date(1), new Date(2), /^at \.getTime\(\): got 1, expected 2$/],
  "expressions": [/a/g, /a/i, /^at \.flags: got "g"/],
  "messages of errors": [new Error("a"), new Error("b"), /^at \.message: got "a"/],
  "classes of errors": [new TypeError("a"), new RangeError("a"), /another class$/],
  "causes of errors": [
    new Error("a", { cause: [1] }),
    new Error("a", { cause: [2] }),
    /^at \.cause\[0\]: got 1, expected 2$/,
  ],
  "members after a cycle": [cycle(1), cycle(2), /^at \.last: got 1, expected 2$/],
};

for (const [name, make] of Object.entries(EQUAL)) {
  test(`equal() takes the same ${name} for equal`, () => equal(make(), make()));
}

for (const [name, [actual, expected, where]] of Object.entries(DIFFERENT)) {
  test(`equal() tells apart ${name}`, () => {
    const difference = firstDifference(actual, expected) ?? "none";
    ok(where.test(difference), `${difference} does not match ${where}`);
    ok(firstDifference(expected, actual) !== undefined, "the same the other way round");
  });
}

test("equal() takes the order of members for nothing", () => {
  equal({ a: 1, b: 2 }, { b: 2, a: 1 });
});

test("equal() names the first difference behind the message of the test", () => {
  let message = "none";
  try {
    equal({ losses: [1, NaN] }, { losses: [1, 2] }, "a resumed run");
  } catch (error) {
    message = (error as Error).message;
  }
  equal(message, "a resumed run: at .losses[1]: got NaN, expected 2");
});

test("equal() compares shared parts once, however often they are shared", () => {
  const doubled = (depth: number): unknown => {
    let node: unknown = NaN;
    for (let i = 0; i < depth; i++) node = [node, node];
    return node;
  };
  equal(doubled(100), doubled(100));
});

test("equal() shows long and deep values short", () => {
  const difference = firstDifference({ a: new Float64Array(1000), b: { c: { d: { e: 1 } } } }, 1);
  equal(
    difference,
    "got { a: Float64Array [0, 0, 0, 0, 0, 0, 0, 0, …] (1000), b: { c: { d: { … } } } }, expected 1",
  );
});

test("allNear() refuses to compare with what is not finite", () => {
  for (const value of [Infinity, -Infinity, NaN]) {
    let thrown: unknown;
    try {
      allNear([1, 2], [1, value], 1);
    } catch (error) {
      thrown = error;
    }
    ok(/not finite/.test(String(thrown)), String(thrown));
  }
});
