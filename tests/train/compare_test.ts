import { firstDifference, writeSettings } from "../../src/train/checkpoint/compare.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

/** Path and values of the first difference, as after a way through a file. */
function difference(theirs: unknown, ours: unknown): string | undefined {
  const found = firstDifference(...[theirs, ours].map((x) => JSON.parse(writeSettings(x))) as [
    unknown,
    unknown,
  ]);
  return found && `${found.path}: ${found.values.join(", not ")}`;
}

/** Values that are all different. */
const VALUES: readonly unknown[] = [
  0,
  -0,
  1,
  0.1,
  0.1 + Number.EPSILON,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
  NaN,
  "",
  "0",
  "a function",
  "Infinity",
  true,
  false,
  null,
  undefined,
  [],
  [0],
  [undefined],
  {},
  { 0: 0 },
  { a: 1 },
  () => 1,
  2n,
];

test("settings are the same as themselves and differ from all others, in both directions", () => {
  for (const [i, theirs] of VALUES.entries()) {
    for (const [j, ours] of VALUES.entries()) {
      const found = difference({ a: theirs, b: [theirs] }, { a: ours, b: [ours] });
      equal(found === undefined, i === j, `${String(theirs)} and ${String(ours)}: ${found}`);
    }
  }
});

test("the first difference is named by its path, with both values and nothing else", () => {
  const cases: [unknown, unknown, string][] = [
    [{ rate: 0.01, l2: 0 }, { rate: 0.02, l2: 0 }, "rate: 0.01, not 0.02"],
    [{ rate: 0.01 }, { rate: () => 1 }, "rate: 0.01, not a function"],
    [{ limit: Infinity }, { limit: 1 }, "limit: Infinity, not 1"],
    [{ a: { b: [1, { c: "x" }] } }, { a: { b: [1, { c: "y" }] } }, 'a b[1] c: "x", not "y"'],
    [{ options: { delta: 1 } }, { options: { delta: 2 } }, "delta: 1, not 2"],
    [{ a: [1, 2] }, { a: [1, 2, 3] }, "a length: 2, not 3"],
    [{ a: [1, 2] }, { a: 1 }, "a: [1, 2], not 1"],
    [{ a: { b: 1 } }, { a: 1 }, "a: an object, not 1"],
    [{ a: 1 }, {}, "a: 1, not absent"],
    [{}, { b: null }, "b: absent, not null"],
  ];
  for (const [theirs, ours, expected] of cases) equal(difference(theirs, ours), expected);
});

test("the order of settings is no difference", () => {
  equal(difference({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }), undefined);
});
