// Who imports whom, as Deno itself resolves it.
import { deno } from "./command.ts";
import { ROOT } from "./project.ts";

/** One module of the project and what it imports, each by its path from the root or its specifier. */
export type ModuleGraph = ReadonlyMap<string, readonly string[]>;

interface Resolved {
  readonly specifier: string;
}

interface Dependency {
  readonly specifier: string;
  readonly code?: Resolved;
  readonly type?: Resolved;
}

interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly Dependency[];
  }[];
}

/** A project file by its path from the root; anything else as it is. */
function name(specifier: string): string {
  return specifier.startsWith(ROOT.href) ? specifier.slice(ROOT.href.length) : specifier;
}

/** The graph of these files and all that they import, types included. */
export async function moduleGraph(files: readonly string[]): Promise<ModuleGraph> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = files.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};`);
    await Deno.writeTextFile(entry, imports.join("\n"));
    const json = await deno(["info", "--json", "--no-lock", "--config=deno.json", entry], {
      cwd: ROOT,
    });
    const { modules } = JSON.parse(json) as Info;
    const graph = new Map<string, readonly string[]>();
    for (const { specifier, error, dependencies = [] } of modules) {
      if (error) throw new Error(error);
      if (!specifier.startsWith(ROOT.href)) continue;
      const targets = dependencies.map((d) => name((d.code ?? d.type ?? d).specifier));
      graph.set(name(specifier), targets);
    }
    return graph;
  } finally {
    await Deno.remove(entry);
  }
}

/** Everything that `start` reaches, itself included. */
export function reachable(graph: ModuleGraph, start: string): Set<string> {
  const seen = new Set([start]);
  // A set visits what is added to it on the way.
  for (const module of seen) for (const target of graph.get(module) ?? []) seen.add(target);
  return seen;
}
