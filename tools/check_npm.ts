// Checks the npm package that tools/build_npm.ts made: its entries have the names of the sources, and work.
import { faces, ROOT } from "./_support/project.ts";
import { conclude } from "./_support/report.ts";

/** What is tried of the library. */
interface Library {
  tensor(values: readonly number[][]): object;
  matmul(a: object, b: object): { toArray(): unknown };
}

const load = (path: string): Promise<Library> => import(new URL(path, ROOT).href);
const names = (library: Library): string[] => Object.keys(library).sort();
const problems: string[] = [];
const everything = new Set<string>();
for (const face of faces()) {
  const script = `dist/${face.replace(/\.ts$/, ".js")}`;
  const [sources, bundled] = await Promise.all([load(face), load(script)]);
  if (names(sources).join() !== names(bundled).join()) {
    problems.push(`${script} exports other names than ${face}`);
  }
  for (const name of names(sources)) everything.add(name);
}
const bundle = names(await load("dist/curvature.js"));
if (bundle.join() !== [...everything].sort().join()) {
  problems.push("dist/curvature.js exports other names than the public modules");
}
const main = await load("dist/mod.js");
const product = main.matmul(main.tensor([[1, 2]]), main.tensor([[3], [4]])).toArray();
if (JSON.stringify(product) !== "[[11]]") problems.push(`[1 2] [3 4]ᵀ is ${product}, not 11`);
conclude(
  problems,
  `npm: ${
    Object.keys(main).length
  } exports of mod.ts, ${everything.size} of all public modules, are those of the package`,
);
