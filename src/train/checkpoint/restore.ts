import type { OptimizerState } from "../../optimizers/optimizer.ts";
import {
  CheckpointFormatError,
  CheckpointMismatchError,
  NonFiniteError,
} from "../../runtime/errors.ts";
import type { FloatArray } from "../../runtime/dtype.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { quote } from "../safetensors/cursor.ts";
import { elementsOf, type TensorFile } from "../safetensors/read.ts";
import { NUMBER_PREFIX, PARAMETERS, TENSOR_PREFIX } from "./checkpoint.ts";
import { readSealed } from "./seal.ts";
import {
  checkRun,
  RUN_PART_NAMES,
  type RunParts,
  type Signature,
  signatureOf,
} from "./signature.ts";

const LONGEST_TEXT = 300;

/**
 * Restores a run that `checkpoint()` wrote: sets the model's parameters and the position of the batches, and
 * returns the optimizer's state in a new object.
 *
 * Version, kernels, model, optimizer with its settings, loss and data must be those of the checkpoint; of
 * schedules only that they are functions is known. When anything is wrong, nothing is changed.
 *
 * @param bytes The file.
 * @param run What the run consists of, made as it was for the first part.
 * @throws {TypeError} when a part of the run has the wrong type, or `bytes` is no Uint8Array or one in shared memory.
 * @throws {CheckpointFormatError} when they are not a checkpoint.
 * @throws {CheckpointIntegrityError} when a byte is not as it was written.
 * @throws {CheckpointMismatchError} when it belongs to another model, optimizer, loss, data set or version.
 * @throws {NonFiniteError} when a number is NaN or infinite.
 * @throws {RangeError} when the position in the data is out of range.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { adam, checkpoint, dense, restore, sequential, sgd } from "curvature";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * const optimizer = adam();
 * using state = optimizer.init(model);
 * const bytes = await checkpoint({ model, optimizer, state });
 * using same = await restore(bytes, { model, optimizer });
 * assertEquals(same.step, 0);
 * await assertRejects(() => restore(bytes, { model, optimizer: sgd() }), TypeError, "optimizer");
 * ```
 */
export async function restore(bytes: Uint8Array, run: RunParts): Promise<OptimizerState> {
  checkRun("restore a checkpoint", run, RUN_PART_NAMES);
  return applyCheckpoint(await readSealed(bytes), run, await signatureOf(run));
}

/** Restores a run from a file whose seal was verified. */
export function applyCheckpoint(
  file: TensorFile,
  { model, optimizer, batches }: RunParts,
  signature: Signature,
): OptimizerState {
  checkSignature(file, signature);
  const [step, epoch, index] = ["step", "epoch", "index"].map((key) => count(file, key));
  const target = model.parameters;
  const state = optimizer.init(model);
  try {
    const expected = new Map([[PARAMETERS, target]]);
    for (const [name, held] of state.tensors) expected.set(TENSOR_PREFIX + name, held);
    checkNames(file, expected);
    const parameters = elements(file, PARAMETERS, target);
    for (const [name, held] of state.tensors) {
      held.data.set(elements(file, TENSOR_PREFIX + name, held));
    }
    fillNumbers(file, state);
    state.step = step;
    state.restored();
    if (batches) batches.position = { epoch, index };
    target.data.set(parameters);
    model.parametersChanged();
    return state;
  } catch (error) {
    state.dispose();
    throw error;
  }
}

function checkSignature({ metadata }: TensorFile, signature: Signature): void {
  for (const [part, ours] of Object.entries(signature)) {
    const theirs = metadata.get(part)?.text;
    if (theirs === undefined) {
      throw new CheckpointFormatError(`it does not say to which ${part} it belongs`, 0);
    }
    if (theirs !== ours) refuse(part, `is ${shorten(theirs)}, not ${shorten(ours)}`);
  }
}

function checkNames({ tensors }: TensorFile, expected: ReadonlyMap<string, Tensor>): void {
  for (const name of tensors.keys()) {
    const isKnown = expected.has(name) || name.startsWith(NUMBER_PREFIX);
    if (!isKnown) refuse(`tensor ${quote(name)}`, "is not in the optimizer's state");
  }
}

/** The elements of a tensor of the file that suits the one in memory. */
function elements({ tensors }: TensorFile, name: string, { dtype, shape }: Tensor): FloatArray {
  const what = `tensor ${quote(name)}`;
  const stored = tensors.get(name) ?? refuse(what, "is missing");
  if (stored.dtype !== dtype || !sameShape(stored.shape, shape)) {
    refuse(
      what,
      `is ${stored.dtype} ${formatShape(stored.shape)}, not ${dtype} ${formatShape(shape)}`,
    );
  }
  const values = elementsOf(stored);
  if (!values.every(Number.isFinite)) throw new NonFiniteError("restore a checkpoint", what);
  return values;
}

function fillNumbers({ tensors }: TensorFile, { numbers }: OptimizerState): void {
  numbers.clear();
  for (const [name, stored] of tensors) {
    if (!name.startsWith(NUMBER_PREFIX)) continue;
    const what = `number ${quote(name)}`;
    if (stored.dtype !== "float64" || stored.shape.length > 0) refuse(what, "is no single float64");
    const [value] = elementsOf(stored);
    if (value !== value) throw new NonFiniteError("restore a checkpoint", what);
    numbers.set(name.slice(NUMBER_PREFIX.length), value);
  }
}

/** A count among the metadata. */
function count({ metadata }: TensorFile, key: string): number {
  const found = metadata.get(key);
  const value = Number(found?.text);
  if (!found || !/^(0|[1-9]\d*)$/.test(found.text) || !Number.isSafeInteger(value)) {
    throw new CheckpointFormatError(`its ${key} is no count`, found?.start ?? 0);
  }
  return value;
}

function shorten(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

function refuse(part: string, why: string): never {
  throw new CheckpointMismatchError("restore a checkpoint", part, why);
}
