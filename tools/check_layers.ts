// Folders of src/ are floors and imports only go down; nothing imports in a circle; the library needs
// nothing but itself. (That mod.ts only re-exports is a lint rule: tools/lint/surface.ts.)
import { type ModuleGraph, moduleGraph, reachable } from "./_support/module_graph.ts";
import { filesUnder } from "./_support/project.ts";
import { conclude } from "./_support/report.ts";

const SURFACE = "mod.ts";
const FLOORS: readonly (readonly string[])[] = [
  ["runtime"],
  ["tensor"],
  ["ops"],
  ["linalg", "nn"],
  ["curvature", "solvers"],
  ["optimizers"],
  ["train", "data"],
  ["cli"],
];
/** The imports between neighbours on one floor that are allowed; the other direction is not. */
const NEIGHBOURS: readonly (readonly [string, string])[] = [["nn", "linalg"], ["train", "data"]];

function folderOf(file: string): string | undefined {
  return file.match(/^src\/(\w+)\//)?.[1];
}

function floorOf(folder: string): number {
  return FLOORS.findIndex((floor) => floor.includes(folder));
}

function importComplaint(from: string, to: string): string | undefined {
  const [upper, lower] = [folderOf(from), folderOf(to)];
  if (!from.startsWith("src/")) return undefined;
  if (upper === undefined || floorOf(upper) < 0) return `${from} is on no floor`;
  if (lower === undefined) {
    return to.startsWith("src/") || to === SURFACE ? `${from} imports ${to}` : undefined;
  }
  if (upper === lower || floorOf(upper) > floorOf(lower)) return undefined;
  if (NEIGHBOURS.some(([a, b]) => a === upper && b === lower)) return undefined;
  return `${from} imports ${to}, which is not on a floor below`;
}

/** The first circle found from each module that closes one, each circle once. */
function circles(graph: ModuleGraph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (module: string, path: readonly string[]): void => {
    const start = path.indexOf(module);
    if (start >= 0) found.push(`circular import: ${[...path.slice(start), module].join(" -> ")}`);
    if (start >= 0 || done.has(module)) return;
    for (const target of graph.get(module) ?? []) visit(target, [...path, module]);
    done.add(module);
  };
  for (const module of graph.keys()) visit(module, []);
  return found;
}

function foreignImports(graph: ModuleGraph): string[] {
  return [...reachable(graph, SURFACE)].filter((module) => !graph.has(module)).map((module) => {
    const importers = [...graph].filter(([, targets]) => targets.includes(module));
    return `${importers.map(([from]) => from).join(", ")}: the library imports ${module}`;
  });
}

const sources = filesUnder("src").filter((file) => file.endsWith(".ts"));
const graph = await moduleGraph([SURFACE, ...sources]);
const edges = [...graph].flatMap(([from, targets]) => targets.map((to) => [from, to] as const));
const complaints = [
  ...edges.map(([from, to]) => importComplaint(from, to)).filter((text) => text !== undefined),
  ...circles(graph),
  ...foreignImports(graph),
];
conclude(complaints, `layers: ${graph.size} modules, ${edges.length} imports, all going down`);
