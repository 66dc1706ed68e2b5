import type { OptimizerState } from "../../optimizers/optimizer.ts";
import {
  CheckpointFormatError,
  CheckpointMismatchError,
  NonFiniteError,
} from "../../runtime/errors.ts";
import { checkNamed } from "../../runtime/arguments.ts";
import type { FloatArray } from "../../runtime/dtype.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { EpochJudge } from "../epoch_judge.ts";
import { quote } from "../safetensors/cursor.ts";
import { elementsOf, type TensorFile } from "../safetensors/read.ts";
import { checkBelongs } from "./belonging.ts";
import {
  JUDGE_PREFIX,
  KEPT_PREFIX,
  NUMBER_PREFIX,
  PARAMETERS,
  TENSOR_PREFIX,
} from "./checkpoint.ts";
import { readSealed } from "./seal.ts";
import {
  checkRun,
  RUN_PART_NAMES,
  type RunParts,
  type Signature,
  signatureOf,
} from "./signature.ts";

/**
 * Restores a run that `checkpoint()` wrote: sets the model's parameters, what its layers keep and the position of the batches, and
 * returns the optimizer's state in a new object.
 *
 * Version, kernels, model, optimizer, loss and data must be those of the checkpoint, with all their settings; the error
 * names the first that differs, with both values. Of schedules only that they are functions is known, of layers and losses
 * of one's own their `options` and `version`, and of data sets without `identify()` only their sizes. When anything is
 * wrong, nothing is changed.
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
 * import { adam, dense, sequential, sgd } from "curvature";
 * import { checkpoint, restore } from "curvature/checkpoint";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * const optimizer = adam();
 * using state = optimizer.init(model);
 * const bytes = await checkpoint({ model, optimizer, state });
 * using same = await restore(bytes, { model, optimizer });
 * assertEquals(same.step, 0);
 * await assertRejects(() => restore(bytes, { model, optimizer: sgd() }), TypeError, 'name is "adam", not "sgd"');
 * ```
 */
export async function restore(bytes: Uint8Array, run: RunParts): Promise<OptimizerState> {
  checkNamed("restore a checkpoint", "the run", run, RUN_PART_NAMES);
  checkRun("restore a checkpoint", run);
  return applyCheckpoint(await readSealed(bytes), run, await signatureOf(run));
}

/** Restores a run from a file whose seal was verified. */
export function applyCheckpoint(
  file: TensorFile,
  { model, optimizer, batches }: RunParts,
  signature: Signature,
  judge?: EpochJudge,
): OptimizerState {
  checkBelongs(file, signature);
  const [step, epoch, index] = ["step", "epoch", "index"].map((key) => count(file, key));
  const target = model.parameters;
  const state = optimizer.init(model);
  try {
    const expected = new Map([[PARAMETERS, target]]);
    for (const { name, value } of model.state) expected.set(KEPT_PREFIX + name, value);
    for (const [name, held] of state.tensors) expected.set(TENSOR_PREFIX + name, held);
    checkNames(file, expected);
    const parameters = elements(file, PARAMETERS, target);
    const kept = model.state.map(({ name, value }) =>
      [value, elements(file, KEPT_PREFIX + name, value)] as const
    );
    // In JavaScript: a file is read.
    for (const [name, held] of state.tensors) {
      held.data.set(elements(file, TENSOR_PREFIX + name, held));
    }
    fillNumbers(file, state);
    state.step = step;
    state.restored();
    const fillJudge = judge && judgeFrom(file, judge, epoch);
    if (batches) batches.position = { epoch, index };
    fillJudge?.();
    target.data.set(parameters);
    for (const [value, elements] of kept) value.data.set(elements);
    model.parametersChanged();
    return state;
  } catch (error) {
    state.dispose();
    throw error;
  }
}

function checkNames({ tensors }: TensorFile, expected: ReadonlyMap<string, Tensor>): void {
  for (const name of tensors.keys()) {
    const isNumber = name.startsWith(NUMBER_PREFIX) || name.startsWith(JUDGE_PREFIX);
    const isKnown = expected.has(name) || isNumber;
    if (isKnown) continue;
    const owner = name.startsWith(KEPT_PREFIX) ? "the model" : "the optimizer's state";
    refuse(`tensor ${quote(name)}`, `is not in ${owner}`);
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

/** Reads and checks what is known of judged epochs; gives what fills the judge. Where nothing is, it begins here. */
function judgeFrom(file: TensorFile, judge: EpochJudge, epoch: number): () => void {
  const isThere = [...file.tensors.keys()].some((name) => name.startsWith(JUDGE_PREFIX));
  if (!isThere) return () => void (judge.judged = epoch);
  const kept = [...judge.tensors].map(([name, held]) =>
    [held, elements(file, JUDGE_PREFIX + name, held)] as const
  );
  const [best, failures, judged] = [...judge.numbers.keys()].map((name) => {
    const stored = file.tensors.get(JUDGE_PREFIX + name);
    const isNumber = stored?.dtype === "float64" && stored.shape.length === 0;
    return isNumber ? elementsOf(stored)[0] : refuse(`number ${quote(name)}`, "is missing");
  });
  const areCounts = [failures, judged].every((count) => count >= 0 && Number.isInteger(count));
  if (!areCounts || judged > epoch || best !== best) refuse("validation", "counts no epochs");
  return () => {
    // In JavaScript: a file is read.
    for (const [held, values] of kept) held.data.set(values);
    Object.assign(judge, { best, failures, judged });
  };
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

function refuse(part: string, why: string): never {
  throw new CheckpointMismatchError("restore a checkpoint", part, why);
}
