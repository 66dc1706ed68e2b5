// Checks the npm package that tools/build_npm.ts made: its bundled entry has the names of the sources, and works.
import { ROOT } from "./_support/project.ts";
import { conclude } from "./_support/report.ts";

/** What is tried of the library. */
interface Library {
  tensor(values: readonly number[][]): object;
  matmul(a: object, b: object): { toArray(): unknown };
}

const load = (path: string): Promise<Library> => import(new URL(path, ROOT).href);
const [sources, bundled] = await Promise.all([load("mod.ts"), load("dist/mod.js")]);
const problems: string[] = [];
const names = (library: Library): string => Object.keys(library).sort().join();
if (names(sources) !== names(bundled)) problems.push("dist/mod.js exports other names than mod.ts");
const product = bundled.matmul(bundled.tensor([[1, 2]]), bundled.tensor([[3], [4]])).toArray();
if (JSON.stringify(product) !== "[[11]]") problems.push(`[1 2] [3 4]ᵀ is ${product}, not 11`);
conclude(
  problems,
  `npm: ${Object.keys(bundled).length} exports of the package are those of mod.ts`,
);
