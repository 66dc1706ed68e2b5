// A matrix in kernel memory between canaries, with canaries in the gap between its columns and its stride.
import { bytesPerElement, type DType, type FloatArray } from "../../src/runtime/dtype.ts";
import { allocate, floatView, memoryBuffer, release } from "../../src/runtime/memory.ts";
import { equal } from "../_support/assert.ts";

const GUARD_BYTES = 256;
// Every bit set is a NaN in both dtypes: what a kernel reads by mistake shows in its result.
const CANARY = 0xff;

/** A (rows, columns) matrix of row stride `stride`, surrounded by bytes that no kernel may change. */
export class Guarded {
  readonly #dtype: DType;
  readonly #rows: number;
  readonly #columns: number;
  readonly #stride: number;
  readonly #offset: number;
  readonly #block: number;
  readonly #bytes: number;

  /** The first element lies `offset` elements behind a 64-byte boundary. */
  constructor(
    dtype: DType,
    rows: number,
    columns: number,
    stride: number = columns,
    offset = 0,
  ) {
    this.#dtype = dtype;
    this.#rows = rows;
    this.#columns = columns;
    this.#stride = stride;
    this.#offset = offset * bytesPerElement(dtype);
    this.#bytes = rows * stride * bytesPerElement(dtype) + this.#offset + 2 * GUARD_BYTES;
    this.#block = allocate(this.#bytes);
    new Uint8Array(memoryBuffer(), this.#block, this.#bytes).fill(CANARY);
  }

  /** Address of the first element. */
  get pointer(): number {
    return this.#block + GUARD_BYTES + this.#offset;
  }

  #row(i: number): FloatArray {
    const offset = i * this.#stride * bytesPerElement(this.#dtype);
    return floatView(this.#dtype, this.pointer + offset, this.#columns);
  }

  /** Stores row-major values. */
  set(values: ArrayLike<number>): this {
    for (let i = 0; i < this.#rows; i++) {
      const row = this.#row(i);
      for (let j = 0; j < this.#columns; j++) row[j] = values[i * this.#columns + j];
    }
    return this;
  }

  /** Takes the values out, checks every canary and gives the memory back. */
  take(): Float64Array {
    const taken = new Float64Array(this.#rows * this.#columns);
    for (let i = 0; i < this.#rows; i++) {
      const row = this.#row(i);
      taken.set(row, i * this.#columns);
      new Uint8Array(row.buffer, row.byteOffset, row.byteLength).fill(CANARY);
    }
    const bytes = new Uint8Array(memoryBuffer(), this.#block, this.#bytes);
    equal(bytes.findIndex((byte) => byte !== CANARY), -1, "first changed guard byte");
    release(this.#block, this.#bytes);
    return taken;
  }
}
