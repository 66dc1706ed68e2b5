// Counter-based randomness (Philox4x32-10; Salmon et al. 2011): a key is a value, and the number at a
// key never depends on what was drawn before.
import {
  checkNumber,
  checkObject,
  checkOptions,
  checkWhole,
  namesOf,
} from "../runtime/arguments.ts";
import { bytesPerElement, type DType } from "../runtime/dtype.ts";
import { instance, kernels } from "../runtime/instance.ts";
import { allocate, floatView, release, wordView } from "../runtime/memory.ts";
import { largestBelow, smallestFrom } from "./neighbours.ts";
import { MAXIMUM_ELEMENTS, type Shape } from "./shape.ts";
import { Tensor } from "./tensor.ts";

const WORD = 4294967296;

/** Purposes that draw from the same seed without ever meeting. */
export const STREAMS: Readonly<
  Record<
    "general" | "parameters" | "shuffle" | "targets" | "data" | "dropout" | "curvature" | "signs",
    number
  >
> = Object.freeze({
  general: 0,
  parameters: 1,
  shuffle: 2,
  targets: 3,
  data: 4,
  dropout: 5,
  curvature: 6,
  signs: 7,
});

/** Names a sequence of random numbers: the seed of a run, a stream for the purpose, a start in it. */
export interface RandomKey {
  /** Seed, a whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Stream, a whole number from 0 to 2^32 - 1; equal seeds with other streams are independent. */
  readonly stream: number;
  /** Counter of the first block, a whole number from 0 to 2^53 - 1. */
  readonly index: number;
}

/** Options of `uniform()`. */
export interface UniformOptions {
  /** Element type. @default "float32" */
  readonly dtype?: DType;
  /** Smallest value. @default 0 */
  readonly minimum?: number;
  /** Upper end, not reached. @default 1 */
  readonly maximum?: number;
}

const UNIFORM_NAMES = namesOf<UniformOptions>({ dtype: true, minimum: true, maximum: true });

/** Options of `normal()`. */
export interface NormalOptions {
  /** Element type. @default "float32" */
  readonly dtype?: DType;
  /** Expected value. @default 0 */
  readonly mean?: number;
  /** Standard deviation. @default 1 */
  readonly standardDeviation?: number;
}

const NORMAL_NAMES = namesOf<NormalOptions>({ dtype: true, mean: true, standardDeviation: true });

/** Refuses what is no random key. */
export function checkKey(action: string, key: unknown): asserts key is RandomKey {
  checkObject(action, "the key", key);
  const { seed, stream, index } = key as RandomKey;
  checkWhole(action, "the seed", seed, 0);
  checkWhole(action, "the stream", stream, 0, WORD - 1);
  checkWhole(action, "the index", index, 0);
}

/**
 * Makes a random key.
 *
 * @throws {TypeError} when an argument is not a number.
 * @throws {RangeError} when an argument is negative, fractional or too large.
 *
 * @example
 * ```ts
 * import { randomKey, uniform } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using a = uniform(randomKey(7), [3]);
 * using b = uniform(randomKey(7), [3]);
 * assertEquals(a.toArray(), b.toArray());
 * ```
 */
export function randomKey(seed: number, stream = 0, index = 0): RandomKey {
  const key = Object.freeze({ seed, stream, index });
  checkKey("make a random key", key);
  return key;
}

type KeyWords = [number, number, number, number, number];

/** A key as the kernels take it: five 32-bit words. Refuses what is no key. */
function words(action: string, key: RandomKey): KeyWords {
  checkKey(action, key);
  const { seed, stream, index } = key;
  return [seed >>> 0, Math.floor(seed / WORD), stream, index >>> 0, Math.floor(index / WORD)];
}

/**
 * Draws `count` random 32-bit words. Block j of four words belongs to counter index + j.
 *
 * @throws {TypeError} when `key` is no random key or `count` not a number.
 * @throws {RangeError} when `count` is negative, fractional or above 2^29.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { randomKey } from "curvature";
 * import { randomBits } from "curvature/layers";
 * import { assertEquals } from "@std/assert";
 *
 * const words = randomBits(randomKey(7), 8);
 * assertEquals(randomBits(randomKey(7, 0, 1), 4), words.slice(4));
 * ```
 */
export function randomBits(key: RandomKey, count: number): Uint32Array<ArrayBuffer> {
  const action = "draw random bits";
  const keyWords = words(action, key);
  checkWhole(action, "the count", count, 0, MAXIMUM_ELEMENTS);
  const pointer = allocate(4 * count);
  try {
    instance().exports.philox_bits(count, ...keyWords, pointer);
    return new Uint32Array(wordView(pointer, count).slice().buffer);
  } finally {
    release(pointer, 4 * count);
  }
}

/** Adds an offset and a factor to fresh draws, in float64 before rounding to the dtype. */
function affine(drawn: Tensor, factor: number, offset: number): Tensor {
  if (factor === 1 && offset === 0) return drawn;
  kernels(drawn.dtype).affine(drawn.size, factor, offset, drawn.pointer);
  return drawn;
}

/** Moves what rounding took out of [minimum, maximum) to the next number of the dtype in it, where it has one. */
function keepWithin({ dtype, size, pointer }: Tensor, minimum: number, maximum: number): void {
  const [first, last] = [smallestFrom(dtype, minimum), largestBelow(dtype, maximum)];
  if (first > last) return;
  kernels(dtype).clip(size, first, last, pointer);
}

/**
 * Draws uniform numbers from [minimum, maximum).
 *
 * No rounding reaches the maximum or passes the minimum, unless the dtype has no number in that range, as where both are the
 * same: then it is the nearest one.
 *
 * @throws {TypeError} when the key, the shape, the dtype or a bound is not one.
 * @throws {RangeError} when a size is negative, fractional or too large, or the bounds are not finite and in order.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { randomKey, uniform } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using t = uniform(randomKey(1), [100], { minimum: -1 });
 * assert(t.data.every((x) => x >= -1 && x < 1));
 * ```
 */
export function uniform(key: RandomKey, shape: Shape, options: UniformOptions = {}): Tensor {
  const action = "draw uniform numbers";
  checkOptions(action, options, UNIFORM_NAMES);
  const { dtype = "float32", minimum = 0, maximum = 1 } = options;
  checkNumber(action, "minimum", minimum);
  checkNumber(action, "maximum", maximum);
  checkNumber(action, "maximum - minimum", maximum - minimum, "non-negative");
  const keyWords = words(action, key);
  const drawn = new Tensor(dtype, shape);
  kernels(dtype).uniform(drawn.size, ...keyWords, drawn.pointer);
  affine(drawn, maximum - minimum, minimum);
  if (minimum !== 0 || maximum !== 1) keepWithin(drawn, minimum, maximum);
  return drawn;
}

/** Fills a tensor with the uniform numbers of [0, 1) that `uniform()` draws at the key. */
export function fillUniform(key: RandomKey, out: Tensor): void {
  kernels(out.dtype).uniform(out.size, ...words("draw uniform numbers", key), out.pointer);
}

/**
 * Draws normal numbers by Marsaglia's polar method.
 *
 * @throws {TypeError} when the key, the shape, the dtype or an option is not one.
 * @throws {RangeError} when a size is negative, fractional or too large, an option not finite, the deviation negative.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { normal, randomKey } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using t = normal(randomKey(1), [1000]);
 * const sum = [...t.data].reduce((partial, x) => partial + x, 0);
 * assert(Math.abs(sum) < 100);
 * ```
 */
export function normal(key: RandomKey, shape: Shape, options: NormalOptions = {}): Tensor {
  const action = "draw normal numbers";
  checkOptions(action, options, NORMAL_NAMES);
  const { dtype = "float32", mean = 0, standardDeviation = 1 } = options;
  checkNumber(action, "mean", mean);
  checkNumber(action, "standardDeviation", standardDeviation, "non-negative");
  const keyWords = words(action, key);
  const drawn = new Tensor(dtype, shape);
  kernels(dtype).normal(drawn.size, ...keyWords, drawn.pointer);
  return affine(drawn, standardDeviation, mean);
}

/**
 * Draws a random order of 0 … count - 1 (Fisher-Yates; its bias is below count / 2^53).
 *
 * @throws {TypeError} when `key` is no random key or `count` not a number.
 * @throws {RangeError} when `count` is negative, fractional or above 2^29.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { permutation, randomKey } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(permutation(randomKey(3), 5).toSorted(), new Uint32Array([0, 1, 2, 3, 4]));
 * ```
 */
export function permutation(key: RandomKey, count: number): Uint32Array<ArrayBuffer> {
  const action = "draw a permutation";
  const keyWords = words(action, key);
  checkWhole(action, "the count", count, 0, MAXIMUM_ELEMENTS);
  const pointer = allocate(count * bytesPerElement("float64"));
  try {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    kernels("float64").uniform(count, ...keyWords, pointer);
    const draws = floatView("float64", pointer, count);
    // In JavaScript: whole numbers of the host trade places.
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(draws[i] * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  } finally {
    release(pointer, count * bytesPerElement("float64"));
  }
}
