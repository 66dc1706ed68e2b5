// A checkpoint is one safetensors file: the parameters, all that the optimizer remembers, the place in the
// data, and what it belongs to. Whoever restores it continues the run with the bits of an uninterrupted one.
import { checkState, OptimizerState } from "../../optimizers/optimizer.ts";
import { firstNonFinite } from "../../ops/vector.ts";
import { checkNamed, namesOf } from "../../runtime/arguments.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { EpochJudge } from "../epoch_judge.ts";
import { quote } from "../safetensors/cursor.ts";
import { type TensorToStore, writeTensorFile } from "../safetensors/write.ts";
import { writeSignature } from "./belonging.ts";
import { seal, UNSEALED } from "./seal.ts";
import { checkRun, RUN_PART_NAMES, type RunParts, signatureOf } from "./signature.ts";

/** What a checkpoint holds. */
export interface Run extends RunParts {
  /** The optimizer's state. */
  readonly state: OptimizerState;
}

const NAMES = namesOf<Run, RunParts>({ state: true }, RUN_PART_NAMES);

/** The parameters of the model. */
export const PARAMETERS = "parameters";
/** Prefix of the names of what the layers keep. */
export const KEPT_PREFIX = "model.";
/** Prefixes of the names of the optimizer's tensors and numbers. */
export const TENSOR_PREFIX = "state.";
export const NUMBER_PREFIX = "number.";
/** Prefix of what `train()` remembers of epochs that it judged. */
export const JUDGE_PREFIX = "validation.";

/**
 * Writes all that a run needs to continue bit by bit: parameters, what layers keep besides, optimizer state, steps taken, position in the
 * data, and what they belong to.
 *
 * The file is a safetensors file with a SHA-256 of itself. Everything is read before the first `await`, but for samples
 * whose digest was not taken yet.
 *
 * @param run The run between two steps.
 * @throws {TypeError} when a part of the run has the wrong type, or the state belongs to another model.
 * @throws {NonFiniteError} when a parameter or a remembered tensor is not finite.
 * @throws {DisposedError} when model or state were disposed.
 *
 * @example
 * ```ts
 * import { dense, kBfgs, sequential, squaredError, tensor } from "curvature";
 * import { checkpoint, restore } from "curvature/checkpoint";
 * import { assertEquals } from "@std/assert";
 *
 * const layers = [dense(1)];
 * const optimizer = kBfgs();
 * using input = tensor([[1], [2]]);
 * using target = tensor([[2], [4]]);
 * const problem = { loss: squaredError(), batch: { input, target } };
 *
 * using model = sequential({ input: [1] }, layers);
 * using state = optimizer.init(model);
 * optimizer.step(state, { model, ...problem });
 * const bytes = await checkpoint({ model, optimizer, state });
 *
 * using other = sequential({ input: [1], seed: 7 }, layers);
 * using restored = await restore(bytes, { model: other, optimizer });
 * optimizer.step(state, { model, ...problem });
 * optimizer.step(restored, { model: other, ...problem });
 * assertEquals(other.parameters.toArray(), model.parameters.toArray());
 * ```
 */
export async function checkpoint(run: Run): Promise<Uint8Array<ArrayBuffer>> {
  checkNamed("write a checkpoint", "the run", run, NAMES);
  return await writeCheckpoint(run);
}

/** The same, with what is remembered of epochs that were judged. */
export async function writeCheckpoint(
  run: Run,
  judge?: EpochJudge,
): Promise<Uint8Array<ArrayBuffer>> {
  checkRun("write a checkpoint", run);
  const { model, state, batches } = run;
  checkState("write a checkpoint", OptimizerState, state);
  if (!state.belongsTo(model)) {
    throw new TypeError("Cannot write a checkpoint: the state belongs to another model");
  }
  const tensors = new Map([[PARAMETERS, stored(PARAMETERS, model.parameters)]]);
  for (const { name, value } of model.state) {
    tensors.set(KEPT_PREFIX + name, stored(KEPT_PREFIX + name, value));
  }
  for (const [name, held] of state.tensors) {
    tensors.set(TENSOR_PREFIX + name, stored(name, held));
  }
  for (const [name, value] of state.numbers) {
    const elements = new Float64Array([value]);
    if (value !== value) throw new NonFiniteError("write a checkpoint", `number ${quote(name)}`);
    tensors.set(NUMBER_PREFIX + name, { dtype: "float64", shape: [], elements });
  }
  for (const [name, held] of judge?.tensors ?? []) {
    tensors.set(JUDGE_PREFIX + name, stored(JUDGE_PREFIX + name, held));
  }
  for (const [name, value] of judge?.numbers ?? []) {
    const elements = new Float64Array([value]);
    tensors.set(JUDGE_PREFIX + name, { dtype: "float64", shape: [], elements });
  }
  const { epoch, index } = batches?.position ?? { epoch: 0, index: 0 };
  const place = { step: String(state.step), epoch: String(epoch), index: String(index) };
  const signature = writeSignature(await signatureOf(run));
  return seal(writeTensorFile(tensors, { ...UNSEALED, ...signature, ...place }));
}

/** A copy of a tensor, which must be finite. */
function stored(name: string, tensor: Tensor): TensorToStore {
  const { dtype, shape, data } = tensor;
  if (firstNonFinite(tensor) >= 0) {
    throw new NonFiniteError("write a checkpoint", `tensor ${quote(name)}`);
  }
  return { dtype, shape, elements: data.slice() };
}
