// A process that stores checkpoints in a folder where others do the same, and loads after each.
import process from "node:process";
import { fileStore, loadCheckpoint, saveCheckpoint } from "../../../checkpoint.ts";
import { childArguments } from "../../_support/child.ts";
import { generations } from "../_generations.ts";

/** Where the module is, to start it. */
export const WRITER: string = import.meta.url;

const [folder, count] = childArguments() ?? [];
if (folder !== undefined) {
  const files = await generations(4);
  const store = fileStore(folder);
  for (let i = 0; i < Number(count); i++) {
    const name = await saveCheckpoint(store, files[i % files.length]);
    const found = await loadCheckpoint(store);
    const isSound = found?.refused.length === 0;
    process.stdout.write(`${name} ${isSound ? "sound" : "lost"}\n`);
  }
}
