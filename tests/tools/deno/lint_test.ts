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

const LOOP = "a loop over elements of tensors is outside of wasm/";
const NO_LOOP = "a reason for a loop stands where there is none";

test("kernel-loops finds loops over elements in every spelling", () => {
  const loops = [
    `for (let i = 0; i < n; i++) t.data[i] = 0;`,
    `const { data } = t; while (n-- > 0) data[n] += 1;`,
    `const { data: x } = t; for (const i of order) x[i] = 0;`,
    `const [x, y] = [a.data, b.data]; do x[n] = y[n]; while (n-- > 0);`,
    `const [x, y] = [a, b].map(({ data }) => data); for (const i of order) y[i] = 0;`,
    `const part = t.data.subarray(2), same = part; for (const i of order) same[i] = 0;`,
    `for (const x of t.data) sum += x;`,
    `const view = floatView("float64", pointer, n); for (const x of view) sum += x;`,
    `for (const [i, x] of t.data.entries()) sum += i * x;`,
    `t.data.forEach((x) => sum += x);`,
    `t.data.map((x, i) => x + i).reduce((x, y) => x + y);`,
    `const list = Array.from(t.data, (x) => 2 * x);`,
    `indices.forEach((index, i) => t.data[i] = index);`,
    `for (let n = 0; n < rows; n++) t.data.set(u.data.subarray(n, n + 1), n);`,
    `function f(x: FloatArray) { for (let i = 0; i < 3; i++) for (const k of x) sum += k; }`,
    `const f = ({ data: x }: Tensor) => { for (const i of order) x[i] = 0; };`,
  ];
  for (const source of loops) equal(messages(LIBRARY, source), [LOOP], source);
  equal(messages(COMMAND, loops[0]), [], "the command line is no library");
});

test("kernel-loops accepts loops over other things, and elements without a loop", () => {
  const others = [
    `t.data[0] = 1; t.data.set(u.data); const copy = t.data.slice();`,
    `for (const row of rows) take(row.data);`,
    `for (let i = 0; i < n; i++) shape[i] = 0;`,
    `function f() { const { data } = t; } function g(data: number[]) { for (const x of data) x; }`,
    `for (const t of tensors) visit(t, () => 1);`,
  ];
  for (const source of others) equal(messages(LIBRARY, source), [], source);
});

test("kernel-loops takes a reason before the statement, a statement around it, or the file", () => {
  const loop = `for (let i = 0; i < n; i++) t.data[i] = 0;`;
  const reason = "// In JavaScript: there are few.\n";
  equal(messages(LIBRARY, `${reason}${loop}`), []);
  equal(messages(LIBRARY, `let n = 3;\n// In JavaScript: there\n// are few.\n${loop}`), []);
  equal(messages(LIBRARY, `let n = 3;\n${reason}if (n > 2) {\n${loop}\n}`), []);
  equal(messages(LIBRARY, `// What it is.\n//\n${reason}import "./a.ts";\n${loop}\n${loop}`), []);
  equal(messages(LIBRARY, `let n = 3;\n// There are few.\n${loop}`), [LOOP]);
  equal(messages(LIBRARY, `let n = 3;\n// In JavaScript:\n${loop}`), [LOOP], "no reason is given");
  equal(messages(LIBRARY, `let n = 3;\n${loop}\n${reason}n++;`).sort(), [LOOP, NO_LOOP].sort());
});

test("kernel-loops refuses a reason where there is no loop", () => {
  const reason = "// In JavaScript: there are few.\n";
  equal(messages(LIBRARY, `${reason}const n = 3;`), [NO_LOOP]);
  equal(messages(LIBRARY, `const n = 3;\n${reason}for (const x of list) x;`), [NO_LOOP]);
  equal(messages(LIBRARY, `// Said in JavaScript: nothing.\nconst n = 3;`), []);
});
