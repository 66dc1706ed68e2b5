import { train } from "../../mod.ts";
import { loadCheckpoint, memoryStore, saveCheckpoint } from "../../checkpoint.ts";
import type { CheckpointStore } from "../../checkpoint.ts";
import { METHODS } from "../optimizers/_methods.ts";
import { runModel, runOptions } from "../train/_run.ts";

/** Real checkpoints of one run, oldest first. */
export async function generations(count: number): Promise<Uint8Array[]> {
  using model = runModel("float64");
  const store = memoryStore();
  const checkpoint = { store, every: 1, keep: count };
  const options = { ...runOptions(model, METHODS["kBfgs, improved"]), checkpoint };
  for await (const { step } of train(options)) if (step === count) break;
  const names = (await store.names()).sort();
  return await Promise.all(names.map(async (name) => await store.read(name) as Uint8Array));
}

/** How many of the files were stored before the host failed. */
export async function saveAll(
  store: CheckpointStore,
  files: readonly Uint8Array[],
): Promise<number> {
  let stored = 0;
  try {
    for (const file of files) {
      await saveCheckpoint(store, file);
      stored++;
    }
  } catch {
    // What was stored is what counts.
  }
  return stored;
}

/** Which of the files, counted from 1, a store gives back bit by bit; 0 for none, -1 for a mixture. */
export async function recovered(
  store: CheckpointStore,
  files: readonly Uint8Array[],
): Promise<number> {
  const found = await loadCheckpoint(store);
  if (!found) return 0;
  const index = files.findIndex((file) => String(file) === String(found.bytes));
  return index < 0 ? -1 : index + 1;
}
