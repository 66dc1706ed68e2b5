// The weights of a model as a safetensors file with PyTorch's names and layouts:
// `torch.nn.Sequential.load_state_dict(safetensors.torch.load(bytes))` reads what `save()` writes.
import type { Site } from "../nn/linearization.ts";
import { checkIsModel, type Model } from "../nn/model.ts";
import type { StoredArray } from "../nn/sites/stored_array.ts";
import type { DType, FloatArray } from "../runtime/dtype.ts";
import { CheckpointMismatchError, NonFiniteError } from "../runtime/errors.ts";
import { formatShape, sameShape, sizeOf } from "../tensor/shape.ts";
import { quote } from "./safetensors/cursor.ts";
import { elementsOf, readTensorFile, type StoredTensor } from "./safetensors/read.ts";
import type { StoredDType } from "./safetensors/stored_dtype.ts";
import { type TensorToStore, writeTensorFile } from "./safetensors/write.ts";

/**
 * Writes the weights of a model as a safetensors file with the names, shapes and layouts of PyTorch:
 * "0.weight" (out, in) and "0.bias" (out) for a dense layer at index 0, activations counted too, and what layers keep
 * besides, as "1.running_mean".
 *
 * The file holds no optimizer state and no digest; for those take `checkpoint()`.
 *
 * @throws {TypeError} when `model` is not a Model.
 * @throws {NonFiniteError} when a weight is NaN or infinite.
 * @throws {DisposedError} when the model was disposed.
 *
 * @example
 * ```ts
 * import { dense, load, save, sequential, tanh } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * const layers = [dense(4), tanh(), dense(1)];
 * using trained = sequential({ input: [2], seed: 1 }, layers);
 * using fresh = sequential({ input: [2], seed: 2 }, layers);
 * load(fresh, save(trained));
 * assertEquals(fresh.parameters.toArray(), trained.parameters.toArray());
 * ```
 */
export function save(model: Model): Uint8Array<ArrayBuffer> {
  checkIsModel("save weights", model);
  const parameters = model.parameters.data;
  const tensors = new Map<string, TensorToStore>();
  // In JavaScript: a file is written.
  for (const [array, site, isShared] of storedArrays(model)) {
    const elements = floats(model.dtype, sizeOf(array.shape));
    forEachElement(array, site, (from, to) => {
      elements[to] = isShared(to) ? -0 : parameters[from]; // x + -0 is x for every x, also for -0
    });
    checkFinite("save weights", array.name, elements);
    tensors.set(array.name, { dtype: model.dtype, shape: array.shape, elements });
  }
  for (const { name, value, isCount } of model.state) {
    const elements = value.data.slice();
    checkFinite("save weights", name, elements);
    if (isCount) checkCount("save weights", name, elements);
    tensors.set(name, { dtype: isCount ? "int64" : value.dtype, shape: value.shape, elements });
  }
  return writeTensorFile(tensors, { format: "pt" });
}

/**
 * Reads weights that `save()` or PyTorch wrote into a model, and what its layers keep besides. All names, shapes and numbers are checked first:
 * when anything is wrong, the model is as it was.
 *
 * @param bytes A safetensors file that has the model's arrays, no others, in the model's dtype.
 * @throws {TypeError} when `model` is not a Model, or `bytes` is no Uint8Array or one in shared memory.
 * @throws {CheckpointFormatError} when it is no sound safetensors file.
 * @throws {CheckpointMismatchError} when names, shapes or dtypes are not the model's.
 * @throws {NonFiniteError} when a number is NaN or infinite.
 * @throws {DisposedError} when the model was disposed.
 *
 * @example
 * ```ts
 * import { dense, load, save, sequential } from "curvature";
 * import { assertThrows } from "@std/assert";
 *
 * using narrow = sequential({ input: [2] }, [dense(1)]);
 * using wide = sequential({ input: [3] }, [dense(1)]);
 * assertThrows(() => load(wide, save(narrow)), TypeError, "shape");
 * ```
 */
export function load(model: Model, bytes: Uint8Array): void {
  checkIsModel("load weights", model);
  const target = model.parameters;
  const { tensors } = readTensorFile(bytes);
  const arrays = [...storedArrays(model)];
  const expected = new Set([
    ...arrays.map(([{ name }]) => name),
    ...model.state.map(({ name }) => name),
  ]);
  for (const name of tensors.keys()) {
    if (!expected.has(name)) refuse(name, "is not in the model");
  }
  for (const [array] of arrays) checkArray(array, model.dtype, tensors.get(array.name));
  const kept = model.state.map(({ name, value, isCount }) =>
    [
      value,
      keptElements({ name, shape: value.shape }, isCount, model.dtype, tensors.get(name)),
    ] as const
  );
  const parameters = floats(model.dtype, target.size);
  for (const [array, site, isShared] of arrays) {
    const elements = elementsOf(tensors.get(array.name) as StoredTensor);
    checkFinite("load weights", array.name, elements);
    forEachElement(array, site, (to, from) => {
      parameters[to] = isShared(from) ? parameters[to] + elements[from] : elements[from];
    });
  }
  target.data.set(parameters);
  for (const [value, elements] of kept) value.data.set(elements);
  model.parametersChanged();
}

/** Whether an earlier array of the site holds the same column. */
type IsShared = (element: number) => boolean;

function* storedArrays(model: Model): Generator<[StoredArray, Site, IsShared]> {
  for (const site of model.sites) {
    const held = new Set<number>();
    for (const array of site.arrays) {
      const width = rowWidth(array);
      const columns = Array.from({ length: width }, (_, index) => array.column(index));
      const shared = columns.map((column) => held.has(column));
      yield [array, site, (element) => shared[element % width]];
      for (const column of columns) held.add(column);
    }
  }
}

/** Visits the elements of an array: index in the parameters, index in the array. */
function forEachElement(
  array: StoredArray,
  { weight, offset }: Site,
  visit: (parameter: number, element: number) => void,
): void {
  const width = rowWidth(array);
  const [rows, columns] = weight.shape;
  for (let row = 0; row < rows; row++) {
    for (let index = 0; index < width; index++) {
      visit(offset + row * columns + array.column(index), row * width + index);
    }
  }
}

function rowWidth({ shape }: StoredArray): number {
  return sizeOf(shape.slice(1));
}

function floats(dtype: DType, size: number): FloatArray {
  return dtype === "float32" ? new Float32Array(size) : new Float64Array(size);
}

/** Checks and gives what is stored of a tensor that a layer keeps. */
function keptElements(
  array: Pick<StoredArray, "name" | "shape">,
  isCount: boolean,
  dtype: DType,
  stored: StoredTensor | undefined,
): FloatArray {
  checkArray(array, isCount ? "int64" : dtype, stored);
  const elements = elementsOf(stored);
  checkFinite("load weights", array.name, elements);
  if (isCount) checkCount("load weights", array.name, elements);
  return elements;
}

function checkArray(
  { name, shape }: Pick<StoredArray, "name" | "shape">,
  dtype: StoredDType,
  stored: StoredTensor | undefined,
): asserts stored is StoredTensor {
  if (!stored) refuse(name, "is missing");
  if (stored.dtype !== dtype) {
    refuse(name, `is ${stored.dtype}, ${dtype === "int64" ? "not" : "the model"} ${dtype}`);
  }
  if (!sameShape(stored.shape, shape)) {
    const [theirs, ours] = [formatShape(stored.shape), formatShape(shape)];
    refuse(name, `has shape ${theirs}, the model's has ${ours}`);
  }
}

function checkFinite(action: string, name: string, elements: FloatArray): void {
  // In JavaScript: a file is read or written.
  if (!elements.every(Number.isFinite)) throw new NonFiniteError(action, `tensor ${quote(name)}`);
}

function checkCount(action: string, name: string, elements: FloatArray): void {
  if (elements.every((count) => count >= 0 && Number.isSafeInteger(count))) return;
  throw new CheckpointMismatchError(action, `tensor ${quote(name)}`, "is no count");
}

function refuse(name: string, why: string): never {
  throw new CheckpointMismatchError("load weights", `tensor ${quote(name)}`, why);
}
