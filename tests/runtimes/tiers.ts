// V8 compiles a function cheaply, and again with care once it is hot, when that is depends on the clock.
// These flags leave one tier for WebAssembly and its like for JavaScript, so that bits cannot hang on it.

/** One of V8's compilers. */
export interface Tier {
  readonly name: string;
  readonly flags: readonly string[];
}

/** Liftoff, and JavaScript without an optimizing compiler. */
export const BASELINE: Tier = {
  name: "baseline",
  flags: ["--liftoff-only", "--no-turbofan", "--no-maglev", "--always-sparkplug"],
};

/** TurboFan from the first call of every kernel. */
export const OPTIMIZING: Tier = {
  name: "optimizing",
  flags: ["--no-liftoff", "--no-wasm-lazy-compilation"],
};

/** What a tier runs: where bits are compared. */
export function isAboutBits(file: string): boolean {
  return file.startsWith("tests/digests/tiers/") && file.endsWith("_test.ts");
}
