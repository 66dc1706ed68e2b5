import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `body` with a folder that holds the given files and is removed afterwards. */
export async function withFolder(
  files: Readonly<Record<string, Uint8Array>>,
  body: (path: string) => Promise<void>,
): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), "curvature-"));
  try {
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, name), bytes);
    await body(path);
  } finally {
    await rm(path, { recursive: true });
  }
}

/** The names in a folder, sorted; none if there is no such folder. */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch {
    return [];
  }
}
