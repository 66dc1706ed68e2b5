import type { DType, FloatArray } from "../runtime/dtype.ts";
import { DisposedError } from "../runtime/errors.ts";
import { allocate, elementBytes, floatView, memoryBuffer, release } from "../runtime/memory.ts";
import { DISPOSE, type Resource } from "../runtime/scope.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";

/** Nested arrays of numbers, one level for each axis; a number for rank 0. */
export type NestedNumbers = number | NestedNumbers[];

/**
 * A dense, row-major array in kernel memory: dtype + shape + pointer.
 *
 * Make one with `tensor()` or `zeros()`. It lives until `dispose()` or the end of its `using` block; a
 * view made by `view()` lives as long as the tensor it looks into.
 */
export class Tensor implements Resource {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** Number of elements. */
  readonly size: number;
  readonly #base: Tensor | undefined;
  readonly #pointer: number;
  #array: FloatArray | undefined;
  #disposed = false;

  /** Allocates uninitialized elements, or looks into `base` from element `offset` on. */
  constructor(dtype: DType, shape: Shape, base?: Tensor, offset = 0) {
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.size = sizeOf(shape);
    this.#base = base;
    this.#pointer = base
      ? base.pointer + elementBytes(dtype, offset)
      : allocate(elementBytes(dtype, this.size));
  }

  /** Address of the first element in kernel memory, in bytes. */
  get pointer(): number {
    this.#check();
    return this.#pointer;
  }

  /** True once the memory was given back. */
  get isDisposed(): boolean {
    return this.#disposed || (this.#base?.isDisposed ?? false);
  }

  /** The elements, live: what is written here is what kernels read. Fetch it anew after allocations. */
  get data(): FloatArray {
    this.#check();
    if (this.#array?.buffer !== memoryBuffer()) {
      this.#array = floatView(this.dtype, this.#pointer, this.size);
    }
    return this.#array;
  }

  /**
   * Looks at the same elements in another shape.
   *
   * @param shape Sizes of the view's axes.
   * @param offset First element of the view.
   * @throws {RangeError} when the view would reach beyond this tensor.
   */
  view(shape: Shape, offset = 0): Tensor {
    if (offset < 0 || offset + sizeOf(shape) > this.size) {
      throw new RangeError(
        `Cannot view ${formatShape(this.shape)} as ${
          formatShape(shape)
        } from ${offset}: out of range`,
      );
    }
    return new Tensor(this.dtype, shape, this, offset);
  }

  /** Copies the elements into nested arrays. */
  toArray(): NestedNumbers {
    const { data, shape } = this;
    const nest = (axis: number, offset: number, stride: number): NestedNumbers => {
      const extent = shape[axis];
      if (extent === undefined) return data[offset];
      const inner = extent === 0 ? 0 : stride / extent;
      return Array.from({ length: extent }, (_, i) => nest(axis + 1, offset + i * inner, inner));
    };
    return nest(0, 0, this.size);
  }

  /** Gives the memory back; a second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#array = undefined;
    if (!this.#base) release(this.#pointer, elementBytes(this.dtype, this.size));
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  #check(): void {
    if (this.isDisposed) throw new DisposedError(`a tensor of shape ${formatShape(this.shape)}`);
  }
}
