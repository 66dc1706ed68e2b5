// The floors of src/, the rooms of a floor, and the two rules about imports: only downwards, never in a circle.
import type { ModuleGraph } from "./module_graph.ts";

/** A module that users import: those stand at the root. */
function isFace(file: string): boolean {
  return /^\w+\.ts$/.test(file);
}

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
/** The rooms of a folder, each above those before it; "" holds the files that are in no room. */
const ROOMS: ReadonlyMap<string, readonly string[]> = new Map([
  ["nn", ["sites", "layers", "pass", "losses", "", "check"]],
]);

function folderOf(file: string): string | undefined {
  return file.match(/^src\/(\w+)\//)?.[1];
}

function floorOf(folder: string): number {
  return FLOORS.findIndex((floor) => floor.includes(folder));
}

/** How high a file's room is in its folder; -1 where the room is not known. */
function roomOf(file: string, rooms: readonly string[]): number {
  return rooms.indexOf(file.match(/^src\/\w+\/(\w+)\//)?.[1] ?? "");
}

/** What is wrong with an import within one folder, if anything. */
function roomComplaint(folder: string, from: string, to: string): string | undefined {
  const rooms = ROOMS.get(folder);
  if (!rooms) return undefined;
  const [upper, lower] = [roomOf(from, rooms), roomOf(to, rooms)];
  if (upper < 0) return `${from} is in no room of src/${folder}/`;
  if (lower >= 0 && upper >= lower) return undefined;
  return `${from} imports ${to}, which is not in a room below`;
}

/** What is wrong with one import, if anything. */
export function importComplaint(from: string, to: string): string | undefined {
  const [upper, lower] = [folderOf(from), folderOf(to)];
  if (!from.startsWith("src/")) return undefined;
  if (upper === undefined || floorOf(upper) < 0) return `${from} is on no floor`;
  if (lower === undefined) {
    return to.startsWith("src/") || isFace(to) ? `${from} imports ${to}` : undefined;
  }
  if (upper === lower) return roomComplaint(upper, from, to);
  if (floorOf(upper) > floorOf(lower)) return undefined;
  if (NEIGHBOURS.some(([a, b]) => a === upper && b === lower)) return undefined;
  return `${from} imports ${to}, which is not on a floor below`;
}

/** The first circle found from each module that closes one, each circle once. */
export function circles(graph: ModuleGraph): string[] {
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
