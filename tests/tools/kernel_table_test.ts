import {
  exportsOf,
  indexText,
  kernelTable,
  membersText,
} from "../../tools/_support/kernel_table.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const FILES: Readonly<Record<string, string>> = {
  "base.ts": "// @ts-ignore: decorator\n@kernel\nexport function base(): usize {\n}\n",
  "fold.ts": "export function helper<T>(n: i32): void {\n}\n" +
    "// @ts-ignore: decorator\n@kernel\nexport function fold<T>(\n  n: i32,\n  x: T,\n): f64 {\n}\n",
  "map/loop.ts": "export function apply<T, F>(n: i32, x: usize): void {\n}\n",
  "map/signs.ts": 'import { apply } from "./loop";\n' +
    '@kernel(apply, "minus")\n@kernel(apply, "negative")\nexport class Minus<T> {\n}\n' +
    '@kernel(apply, "plus")\nexport class Plus {\n}\n',
};

function table(files: Readonly<Record<string, string>> = FILES) {
  return kernelTable(Object.keys(files), (file) => files[file]);
}

test("kernelTable() holds what is marked, by name", () => {
  equal(table().map(({ name }) => name), ["base", "fold", "minus", "negative", "plus"]);
});

test("exportsOf() names a generic kernel once for each dtype", () => {
  const [base, fold] = table();
  equal(exportsOf(base), ["base"]);
  equal(exportsOf(fold), ["f32_fold", "f64_fold"]);
});

test("indexText() exports every kernel with its signature, loops with their classes", () => {
  const lines = indexText(table()).split("\n");
  for (
    const expected of [
      'export { base } from "./base";',
      "export function f32_fold(n: i32, x: f32): f64 { return fold.fold<f32>(n, x); }",
      "export function f64_minus(n: i32, x: usize): void { map_loop.apply<f64, map_signs.Minus<f64>>(n, x); }",
      "export function f32_plus(n: i32, x: usize): void { map_loop.apply<f32, map_signs.Plus>(n, x); }",
    ]
  ) {
    equal(lines.includes(expected), true, expected);
  }
  equal(lines.filter((line) => line.startsWith("export")).length, 9);
});

test("membersText() gives each signature once, as JavaScript sees it", () => {
  equal(membersText(table(), false), "  base(): number;\n");
  const members = membersText(table(), true);
  equal(members.startsWith("  fold(n: number, x: number): number;\n  minus("), true, members);
});

const REFUSED: Readonly<Record<string, { readonly text: string; readonly why: RegExp }>> = {
  "a function that is not exported": {
    text: "@kernel\nfunction fold<T>(n: i32): void {\n}\n",
    why: /read fold: @kernel is not before an exported function/,
  },
  "a type that JavaScript does not have": {
    text: "@kernel\nexport function fold(x: v128): void {\n}\n",
    why: /export fold\(\) of fold: JavaScript has no v128/,
  },
  "a loop that the file does not import": {
    text: '@kernel(apply, "sign")\nexport class Sign<T> {\n}\n',
    why: /export apply\(\) for fold: the file does not import it/,
  },
  "a loop that is not generic over its body": {
    text: 'import { fold } from "./fold";\n@kernel(fold, "sign")\nexport class Sign<T> {\n}\n' +
      "export function fold<T>(n: i32): void {\n}\n",
    why: /export fold\(\) for fold: it is not a function of <T, F>/,
  },
  "a loop before a function": {
    text: '@kernel(apply, "sign")\nexport function sign<T>(n: i32): void {\n}\n',
    why: /read fold: @kernel\(apply, "sign"\) is no loop before an exported class/,
  },
  "a mark of another form": {
    text: "@kernel()\nexport function fold<T>(n: i32): void {\n}\n",
    why: /read fold: @kernel\(\) is no loop/,
  },
};

for (const [what, { text, why }] of Object.entries(REFUSED)) {
  test(`kernelTable() refuses ${what}`, () => {
    throws(() => table({ "fold.ts": text }), Error, why);
  });
}

test("kernelTable() refuses a name that two kernels have", () => {
  throws(() => table({ ...FILES, "again.ts": FILES["fold.ts"] }), Error, /export f32_fold: two/);
});
