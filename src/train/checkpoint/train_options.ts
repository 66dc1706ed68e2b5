// Checkpoints as `train()` takes them: where to, how often, and where to go on.
import { checkNamed, checkNumber, namesOf } from "../../runtime/arguments.ts";
import type { OptimizerState } from "../../optimizers/optimizer.ts";
import type { EpochJudge } from "../epoch_judge.ts";
import { type Run, writeCheckpoint } from "./checkpoint.ts";
import { openNewest, type RefusedCheckpoint, saveCheckpoint } from "./generations.ts";
import { applyCheckpoint } from "./restore.ts";
import { readSealed } from "./seal.ts";
import { type RunParts, signatureOf } from "./signature.ts";
import { type CheckpointStore, checkStore } from "./store.ts";

/** Settings of the checkpoints of `train()`. */
export interface CheckpointOptions {
  /** Where they are kept; it holds nothing but this run. */
  readonly store: CheckpointStore;
  /** Steps between two; the last step has one too, unless the caller leaves the loop. */
  readonly every: number;
  /** Newest checkpoints that are kept, at least 1. @default 2 */
  readonly keep?: number;
}

const NAMES = namesOf<CheckpointOptions>({ store: true, every: true, keep: true });

/** Where a run was continued. */
export interface Resumed {
  /** Steps taken before. */
  readonly step: number;
  /** The checkpoint's name in its store; absent when bytes were given. */
  readonly name: string | undefined;
  /** Newer checkpoints that are damaged, with the reasons. */
  readonly refused: readonly RefusedCheckpoint[];
}

/** Refuses settings that are no numbers or out of range. */
export function checkCheckpointOptions(options: CheckpointOptions): void {
  checkNamed("train", "checkpoint", options, NAMES);
  const { store, every, keep = 1 } = options;
  checkStore("train", store);
  checkNumber("train", "every", every, "count");
  checkNumber("train", "keep", keep, "count");
}

/** The state of a run at its newest sound checkpoint; undefined when the store is empty. */
export async function resume(
  from: Uint8Array | CheckpointStore,
  run: RunParts,
  judge?: EpochJudge,
): Promise<
  { state: OptimizerState; name?: string; refused: readonly RefusedCheckpoint[] } | undefined
> {
  const found = ArrayBuffer.isView(from)
    ? { file: await readSealed(from), refused: [] }
    : await openNewest(from);
  if (!found) return undefined;
  return { ...found, state: applyCheckpoint(found.file, run, await signatureOf(run), judge) };
}

/** Stores checkpoints of a run when they are due. */
export class CheckpointSchedule {
  readonly #options: CheckpointOptions | undefined;
  readonly #run: Run;
  readonly #judge: EpochJudge | undefined;
  #stored: number;

  /** Begins after step `start`, for which there is nothing to store. */
  constructor(
    options: CheckpointOptions | undefined,
    run: Run,
    start: number,
    judge?: EpochJudge,
  ) {
    this.#options = options;
    this.#run = run;
    this.#judge = judge;
    this.#stored = start;
  }

  /** Stores a checkpoint after a step if it is due, or in any case if it is the `last`; returns its name. */
  async after(step: number, { last }: { readonly last: boolean }): Promise<string | undefined> {
    if (!this.#options || step === this.#stored) return undefined;
    const { store, every, keep } = this.#options;
    if (!last && step % every !== 0) return undefined;
    const bytes = await writeCheckpoint(this.#run, this.#judge);
    const name = await saveCheckpoint(store, bytes, keep === undefined ? {} : { keep });
    this.#stored = step;
    return name;
  }
}
