// The project's lint rules refuse what they must and nothing else.
import plugin from "../../../tools/lint/plugin.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

const LIBRARY = new URL("../../../src/nn/example.ts", import.meta.url).pathname;
const METHOD = new URL("../../../src/optimizers/example/site.ts", import.meta.url).pathname;
const OPERATOR = new URL("../../../src/curvature/example.ts", import.meta.url).pathname;
const STATISTIC = new URL("../../../src/curvature/statistics/example.ts", import.meta.url).pathname;
const COMMAND = new URL("../../../src/cli/example.ts", import.meta.url).pathname;
const SURFACE = new URL("../../../mod.ts", import.meta.url).pathname;
const SOLVERS = new URL("../../../solvers.ts", import.meta.url).pathname;

function messages(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source).map(({ message }) => message);
}

test("host-math refuses what engines round differently, in every spelling", () => {
  const source =
    `const { exp } = Math; Math.log(2); Math["sin"](1); Math[name](1); 2 ** 3; x **= 2;`;
  equal(
    messages(LIBRARY, source),
    ["Math.*", "Math.log", "Math.sin", "Math.*", "**", "**"].map((what) =>
      `${what} differs between engines`
    ),
  );
});

test("host-math accepts what is exact, labels, and the command line", () => {
  equal(
    messages(LIBRARY, `Math.sqrt(Math.PI); Math["fround"](x); const o = { Math: 1 }; o.Math;`),
    [],
  );
  equal(messages(COMMAND, `Math.exp(1); Date.now();`), []);
});

test("host-state refuses clocks, locales, core counts and host randomness", () => {
  const source = `Date.now(); globalThis.performance.now(); x.toLocaleString();
    navigator.hardwareConcurrency; crypto.getRandomValues(a); new Intl.Collator();`;
  equal(
    messages(LIBRARY, source).map((message) => message.split(" ")[0]),
    ["Date", "performance", "toLocaleString", "hardwareConcurrency", "getRandomValues", "Intl"],
  );
  equal(messages(LIBRARY, `type T = Date; const o = { performance: 1 };`), []);
});

test("re-exports-only refuses code in public modules", () => {
  equal(messages(SURFACE, `export * from "./a.ts"; export { b } from "./b.ts";`), []);
  equal(messages(SURFACE, `export const a = 1; import "./b.ts";`).length, 2);
  equal(messages(SOLVERS, `export const a = 1; import "./b.ts";`).length, 2);
  equal(messages(LIBRARY, `export const a = 1; import "./b.ts";`), []);
});

test("documented-throws compares what a public function throws with its @throws", () => {
  const body = `export function f() { throw new RangeError("x"); }`;
  equal(messages(LIBRARY, `/** @throws {RangeError} when\n * @example */ ${body}`), []);
  equal(messages(LIBRARY, `/** Not public: no example. */ ${body}`), []);
  equal(
    messages(LIBRARY, `/** @throws {TypeError} when\n * @example */ ${body}`),
    ["RangeError is thrown here but not named by @throws"],
  );
  const caught = `export function f() { try { throw new TypeError(); } catch { return; } }`;
  equal(messages(LIBRARY, `/** @example */ ${caught}`), []);
});

test("site-rows refuses methods that open the rows of a site, in every spelling", () => {
  const source = `site.inputs; site["outputs"]; const { outputGradients, name } = site;
    for (const [i, { inputs: a }] of sites.entries()) f(a);
    const g = ({ "outputs": z }) => z; lin.siteCotangents(u); model.visitInputs(x, visit);
    import { open } from "../../curvature/statistics/_rows.ts";`;
  const names = "inputs outputs outputGradients inputs outputs siteCotangents visitInputs";
  for (const file of [METHOD, OPERATOR]) {
    equal(messages(file, source), [
      ...names.split(" ").map((name) => `${name} opens the rows of a site`),
      "_rows.ts is imported in src/curvature/statistics/ alone",
    ]);
  }
});

test("site-rows accepts what only has the names, the statistics themselves and other floors", () => {
  const labels = `const [outputs, inputs] = shape; f({ inputs, outputs }); inputsOf(site);
    type T = { inputs: number };`;
  equal(messages(METHOD, labels), []);
  const opened = `site.inputs; import { open } from "./_rows.ts";`;
  equal(messages(STATISTIC, opened), []);
  equal(messages(LIBRARY, opened), []);
});
