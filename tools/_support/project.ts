// Where the project is and which files it has.

/** The project's folder. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** Every file under a folder of the project, by its path from the root, in a fixed order. */
export function filesUnder(folder: string, root: URL = ROOT): string[] {
  const found: string[] = [];
  if (!isThere(new URL(folder, root))) return found;
  for (const entry of Deno.readDirSync(new URL(`${folder}/`, root))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "node_modules") found.push(...filesUnder(path, root));
    else if (entry.isFile) found.push(path);
  }
  return found.sort();
}

/** The text of one file of the project. */
export function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Whether the project has this file or folder. */
export function exists(path: string): boolean {
  return isThere(new URL(path, ROOT));
}

function isThere(address: URL): boolean {
  try {
    Deno.statSync(address);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What the tools read of deno.json. */
export interface Configuration {
  readonly version: string;
  readonly license: string;
  /** Public name of each entry, `.` the main one, and its module. */
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, unknown>>;
}

/** The project's deno.json. */
export function configuration(): Configuration {
  return JSON.parse(read("deno.json")) as Configuration;
}

/** The public modules that need no package; they stand at the root, the main one first. */
export function faces(): string[] {
  return entries().filter((path) => !path.includes("/"));
}

/** The public modules, by their paths from the root. */
export function entries(): string[] {
  return Object.values(configuration().exports).map((path) => path.replace(/^\.\//, ""));
}
