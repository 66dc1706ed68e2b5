// What the tests of the level 1 to 3 kernels have in common: sizes, scalars and numbers of each dtype.
import type { DType } from "../../src/runtime/dtype.ts";
import { uniform } from "../oracles/symmetric_matrices.ts";
import { Guarded } from "./_guarded.ts";

export const DTYPES: readonly DType[] = ["float32", "float64"];

/** The scalars whose special cases kernels may have, and one that is none. */
export const SCALARS: readonly number[] = [0, 1, -1, 0.7];

/** Every size up to here is tested, so that all tails of all tiles are. */
export const EVERY_SIZE = 70;

/** Odd sizes and even ones, for kernels whose loops have no more than two tails. */
export const FEW_SIZES: readonly number[] = [1, 2, 3, 5, 7, 17];

/** The number of the dtype nearest to x. */
export function rounded(dtype: DType, x: number): number {
  return dtype === "float32" ? Math.fround(x) : x;
}

/** Random choices, the same for the same seed. */
export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = uniform(seed);
  }

  /** A whole number from 0 to limit - 1. */
  below(limit: number): number {
    return Math.floor((this.#next() + 1) / 2 * limit);
  }

  /** One of the entries. */
  of<T>(entries: readonly T[]): T {
    return entries[this.below(entries.length)];
  }

  /** Numbers of the dtype in [-1, 1). */
  numbers(dtype: DType, count: number): Float64Array {
    const numbers = new Float64Array(count);
    for (let i = 0; i < count; i++) numbers[i] = rounded(dtype, this.#next());
    return numbers;
  }

  /** Guarded memory of these values at a random offset, its rows up to 17 elements longer than they need be. */
  operand(dtype: DType, rows: number, columns: number, values?: Float64Array): Operand {
    const stride = columns + this.below(18);
    const guarded = new Guarded(dtype, rows, columns, stride, this.below(16));
    if (values) guarded.set(values);
    return { guarded, stride, pointer: guarded.pointer };
  }
}

/** Guarded memory of these values one after the other. */
export function packed(dtype: DType, values: ArrayLike<number>): Guarded {
  return new Guarded(dtype, 1, values.length).set(values);
}

/** A matrix in guarded memory, as kernels are told of it. */
export interface Operand {
  readonly guarded: Guarded;
  readonly pointer: number;
  readonly stride: number;
}

/** Whether both hold the same numbers, bit for bit but for NaN. */
export function isSame(x: Float64Array, y: Float64Array): boolean {
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
  return true;
}
