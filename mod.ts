/**
 * Second-order training of neural networks: the same bits on every JavaScript runtime.
 *
 * @module
 */
export { init } from "./src/runtime/module.ts";
export { memoryUsage } from "./src/runtime/memory.ts";
export type { MemoryUsage } from "./src/runtime/arena.ts";
export type { DType, FloatArray } from "./src/runtime/dtype.ts";
export {
  DisposedError,
  NonFiniteError,
  NotPositiveDefiniteError,
  OutOfMemoryError,
} from "./src/runtime/errors.ts";
export { type Resource, Scope } from "./src/runtime/scope.ts";
export { cast, clone, tensor, zeros } from "./src/tensor/create.ts";
export type { TensorData, TensorFromOptions, TensorOptions } from "./src/tensor/create.ts";
export { digest } from "./src/tensor/digest.ts";
export {
  normal,
  permutation,
  randomBits,
  randomKey,
  STREAMS,
  uniform,
} from "./src/tensor/random.ts";
export type { NormalOptions, RandomKey, UniformOptions } from "./src/tensor/random.ts";
export type { Shape } from "./src/tensor/shape.ts";
export { type NestedNumbers, Tensor } from "./src/tensor/tensor.ts";

export { cholesky, CholeskyFactor, choleskySolve } from "./src/linalg/cholesky.ts";
export { Eigendecomposition, eigh } from "./src/linalg/eigh.ts";

export { autoencoding, subset } from "./src/data/views.ts";
export { Batches } from "./src/data/batches.ts";
export type { BatchesOptions, BatchPosition } from "./src/data/batches.ts";
export { cifar10 } from "./src/data/cifar10.ts";
export type { Cifar10Options } from "./src/data/cifar10.ts";
export { curves } from "./src/data/curves.ts";
export type { CurvesOptions } from "./src/data/curves.ts";
export { dataset, datasetFromTensors } from "./src/data/dataset.ts";
export type { Dataset, DatasetOptions, TrainTest } from "./src/data/dataset.ts";
export type { Fetch } from "./src/data/download.ts";
export { readIdx } from "./src/data/idx.ts";
export type { IdxArray, IdxData } from "./src/data/idx.ts";
export { mnist } from "./src/data/mnist.ts";
export type { MnistFile, MnistOptions } from "./src/data/mnist.ts";
export { readNpy, writeNpy } from "./src/data/npy.ts";
