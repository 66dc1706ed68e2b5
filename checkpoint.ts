/**
 * Checkpoints outside `train()`: writing, finding and restoring them, and where they are stored.
 *
 * @module
 */
export {
  CheckpointExistsError,
  CheckpointFormatError,
  CheckpointIntegrityError,
  CheckpointMismatchError,
  CheckpointStoreError,
} from "./src/runtime/errors.ts";
export { checkpoint } from "./src/train/checkpoint/checkpoint.ts";
export type { Run } from "./src/train/checkpoint/checkpoint.ts";
export { fileStore } from "./src/train/checkpoint/file_store.ts";
export { loadCheckpoint, saveCheckpoint } from "./src/train/checkpoint/generations.ts";
export type {
  FoundCheckpoint,
  RefusedCheckpoint,
  SaveOptions,
} from "./src/train/checkpoint/generations.ts";
export { memoryStore } from "./src/train/checkpoint/memory_store.ts";
export { opfsStore } from "./src/train/checkpoint/opfs_store.ts";
export { restore } from "./src/train/checkpoint/restore.ts";
export type { RunParts } from "./src/train/checkpoint/signature.ts";
export type { CheckpointStore } from "./src/train/checkpoint/store.ts";
export type { CheckpointOptions, Resumed } from "./src/train/checkpoint/train_options.ts";
