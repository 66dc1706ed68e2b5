import { checkWhole, describe } from "../runtime/arguments.ts";
import { checkDType, type DType, type FloatArray } from "../runtime/dtype.ts";
import { DisposedError } from "../runtime/errors.ts";
import {
  allocateFor,
  elementBytes,
  floatView,
  memoryBuffer,
  releaseFrom,
} from "../runtime/memory.ts";
import { DISPOSE, OWNER, RELEASE, type Resource } from "../runtime/scope.ts";
import { keepOwner } from "./owned_array.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "./shape.ts";

/** Nested arrays of numbers, one level for each axis; a number for rank 0. */
export type NestedNumbers = number | NestedNumbers[];

let hasPointer: (value: object) => boolean;
let setOwner: (tensor: Tensor, owner: string | undefined) => void;

/**
 * A dense, row-major array in kernel memory: dtype + shape + pointer.
 *
 * Make one with `tensor()` or `zeros()`. It lives until `dispose()` or the end of its `using` block; a
 * view made by `view()` lives as long as the tensor it looks into. What was forgotten is taken back when the host's
 * collector finds it, with one warning for all.
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
  #owner: string | undefined;

  static {
    hasPointer = (value) => #pointer in value;
    setOwner = (tensor, owner) => tensor.#owner = owner;
  }

  /**
   * Allocates uninitialized elements, or looks into `base` from element `offset` on.
   *
   * @throws {TypeError} when the dtype is unknown or not that of `base`, or the shape is no array of numbers.
   * @throws {RangeError} when a size is negative, fractional or too large, or the view would reach beyond `base`.
   * @throws {DisposedError} when `base` was disposed.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  constructor(dtype: DType, shape: Shape, base?: Tensor, offset = 0) {
    checkDType("make a tensor", dtype);
    checkShape("make a tensor", shape);
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.size = sizeOf(this.shape);
    if (base !== undefined) checkView(base, this, offset);
    this.#base = base;
    this.#pointer = base
      ? base.pointer + elementBytes(dtype, offset)
      : allocateFor(this, elementBytes(dtype, this.size));
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

  /**
   * The elements, live: what is written here is what kernels read. Fetch it anew after allocations. The array keeps the
   * tensor from being collected; what `subarray()` makes of it does not.
   */
  get data(): FloatArray {
    this.#check();
    if (this.#array?.buffer !== memoryBuffer()) {
      this.#array = keepOwner(floatView(this.dtype, this.#pointer, this.size), this);
    }
    return this.#array;
  }

  /**
   * Looks at the same elements in another shape.
   *
   * @param shape Sizes of the view's axes.
   * @param offset First element of the view.
   * @throws {TypeError} when the shape or the offset is not made of numbers.
   * @throws {RangeError} when the view would reach beyond this tensor.
   * @throws {DisposedError} when this tensor was disposed.
   */
  view(shape: Shape, offset = 0): Tensor {
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

  /**
   * Gives the memory back; a second call does nothing.
   *
   * @throws {TypeError} when the tensor belongs to a model, a linearization, an optimizer's state or a workspace.
   */
  dispose(): void {
    if (this.#owner && !this.isDisposed) {
      throw new TypeError(`Cannot dispose of a tensor: it belongs to ${this.#owner}`);
    }
    this[RELEASE]();
  }

  /** Who owns a tensor that is lent. */
  get [OWNER](): string | undefined {
    return this.#owner;
  }

  /** Gives the memory back, lent or not. */
  [RELEASE](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#array = undefined;
    if (!this.#base) releaseFrom(this, this.#pointer, elementBytes(this.dtype, this.size));
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  #check(): void {
    if (this.isDisposed) throw new DisposedError(`a tensor of shape ${formatShape(this.shape)}`);
  }
}

/** Refuses a view with another dtype than its base, or that reaches beyond it. */
function checkView(base: unknown, { dtype, shape, size }: Tensor, offset: unknown): void {
  checkTensor("view a tensor", "the base", base);
  const from = checkWhole("view a tensor", "the offset", offset, 0);
  if (dtype !== base.dtype) {
    throw new TypeError(`Cannot view a tensor as ${dtype}: it is ${base.dtype}`);
  }
  if (from + size > base.size) {
    throw new RangeError(
      `Cannot view ${formatShape(base.shape)} as ${formatShape(shape)} from ${from}: out of range`,
    );
  }
}

/** Lends a tensor: from now on only its owner, called so in messages, can give it back, by a scope or `release()`. */
export function lend(tensor: Tensor, owner: string): Tensor {
  setOwner(tensor, owner);
  return tensor;
}

/** Gives a tensor away: whoever holds it may dispose of it. */
export function giveAway(tensor: Tensor): Tensor {
  setOwner(tensor, undefined);
  return tensor;
}

/** True for a tensor itself, not for a proxy of one. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && hasPointer(value);
}

/** Refuses what is not a tensor in use. */
export function checkTensor(action: string, what: string, value: unknown): asserts value is Tensor {
  if (!isTensor(value)) {
    const isData = Array.isArray(value) || ArrayBuffer.isView(value);
    const hint = isData ? " (tensor() makes a tensor of it)" : "";
    throw new TypeError(
      `Cannot ${action}: ${what} must be a tensor, not ${describe(value)}${hint}`,
    );
  }
  if (value.isDisposed) throw new DisposedError(`${what}, a tensor of ${formatShape(value.shape)}`);
}
