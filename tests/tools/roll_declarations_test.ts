import { rollDeclarations } from "../../tools/_support/roll_declarations.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const FILES: Readonly<Record<string, string>> = {
  "mod.d.ts": `/**
 * The library.
 *
 * @module
 */
export { make, type Options } from "./src/make.ts";
`,
  "src/make.d.ts": `import type { Shape } from "./shape.ts";
import { type Unused } from "./unused.ts";
export type { Options } from "./options.ts";
/** Makes one; { } in comments and Unused count for nothing. */
export declare function make(shape: Shape): Made;
export declare function make(shape: Shape, again: true): Made;
/** What is made. */
interface Made {
    readonly shape: Shape;
}
/** Nobody asks for it. */
export declare function unmake(made: Made): void;
`,
  "src/shape.d.ts": `type Extent = number;
/** Extents. */
export type Shape = readonly Extent[];
export {};
`,
  "src/options.d.ts": `import { Shape } from "./shape.ts";
export interface Options {
    readonly shape?: Shape;
}
`,
  "src/other.d.ts": `import { type Options } from "./options.ts";
export declare function other(options: Options): void;
`,
  "clash.d.ts": `export { make } from "./src/make.ts";
export { use } from "./src/use.ts";
`,
  "src/use.d.ts": `interface Made {
}
export declare function use(made: Made): void;
`,
  "missing.d.ts": `export { nothing } from "./src/make.ts";
`,
};

const read = (path: string): string => FILES[path];

function refusal(entry: string): string {
  try {
    rollDeclarations(entry, read);
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
}

test("rollDeclarations() keeps what an entry exports and all that this mentions, once", () => {
  const { text, names } = rollDeclarations("mod.d.ts", read);
  equal([...names].sort(), ["Options", "make"]);
  equal(
    text,
    `/** Makes one; { } in comments and Unused count for nothing. */
export declare function make(shape: Shape): Made;
export declare function make(shape: Shape, again: true): Made;
/** Extents. */
type Shape = readonly Extent[];
type Extent = number;
/** What is made. */
interface Made {
    readonly shape: Shape;
}
export interface Options {
    readonly shape?: Shape;
}
export {};
`,
  );
});

test("rollDeclarations() imports what stands elsewhere already", () => {
  const elsewhere = { specifier: "../mod.js", names: new Set(["Options"]) };
  const { text } = rollDeclarations("src/other.d.ts", read, elsewhere);
  equal(
    text,
    `import type { Options } from "../mod.js";
export declare function other(options: Options): void;
export {};
`,
  );
});

test("rollDeclarations() refuses two declarations of one name, and a name that nobody declares", () => {
  ok(/src\/make\.d\.ts and src\/use\.d\.ts both have a Made/.test(refusal("clash.d.ts")), "clash");
  ok(/src\/make\.d\.ts has no nothing/.test(refusal("missing.d.ts")), "missing");
});
