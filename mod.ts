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
export type { Shape } from "./src/tensor/shape.ts";
export { type NestedNumbers, Tensor } from "./src/tensor/tensor.ts";
