// Folders of src/ are floors and imports only go down; nothing imports in a circle; the library needs
// nothing but itself. (That public modules only re-export is a lint rule: tools/lint/surface.ts.)
import { circles, importComplaint } from "./_support/layers.ts";
import { type ModuleGraph, moduleGraph, reachable } from "./_support/module_graph.ts";
import { faces, filesUnder } from "./_support/project.ts";
import { conclude } from "./_support/report.ts";

function foreignImports(graph: ModuleGraph): string[] {
  const modules = new Set(faces().flatMap((face) => [...reachable(graph, face)]));
  return [...modules].filter((module) => !graph.has(module)).map((module) => {
    const importers = [...graph].filter(([, targets]) => targets.includes(module));
    return `${importers.map(([from]) => from).join(", ")}: the library imports ${module}`;
  });
}

const sources = filesUnder("src").filter((file) => file.endsWith(".ts"));
const graph = await moduleGraph([...faces(), ...sources]);
const edges = [...graph].flatMap(([from, targets]) => targets.map((to) => [from, to] as const));
const complaints = [
  ...edges.map(([from, to]) => importComplaint(from, to)).filter((text) => text !== undefined),
  ...circles(graph),
  ...foreignImports(graph),
];
conclude(complaints, `layers: ${graph.size} modules, ${edges.length} imports, all going down`);
