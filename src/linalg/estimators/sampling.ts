// Random vectors that ask an operator about itself; one key gives as many as are needed.
import { kernels } from "../../runtime/instance.ts";
import { wordView, workspace } from "../../runtime/memory.ts";
import {
  checkOptions,
  checkWhole,
  type Known,
  type Names,
  namesOf,
} from "../../runtime/arguments.ts";
import { checkKey, normal, randomBits, type RandomKey } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkLinearOperator, type LinearOperator } from "../operator.ts";

const BITS = 32;

/** Options of the estimators that average over random vectors. */
export interface SamplingOptions {
  /** Random vectors, one product each. @default 32 */
  readonly samples?: number;
  /** Key of the random vectors: an estimate is a function of it. */
  readonly key: RandomKey;
}

/** Their names. */
export const SAMPLING_NAMES: Names<SamplingOptions> = namesOf<SamplingOptions>({
  samples: true,
  key: true,
});

/** An average over random vectors, with the error that its spread implies. */
export interface Estimate {
  /** The mean. */
  readonly value: number;
  /** The standard error of the mean; NaN for one sample. */
  readonly standardError: number;
}

/** More random vectors than the last digit of a mean in float32 needs. */
const MOST = 2147483647;

/** Refuses a count that is not a whole number of at least `least`. */
export function checkCount(action: string, name: string, count: number, least = 1): void {
  checkWhole(action, name, count, least, MOST);
}

/** Refuses what is not an operator, with options that have a random key. */
export function checkSampling(action: string, op: unknown, options: unknown, known: Known): void {
  checkLinearOperator(action, "the operator", op);
  checkOptions(action, options, known);
  checkKey(action, (options as SamplingOptions).key);
}

/** Fills a vector with the signs that belong to `sample` of a key. */
export function fillSigns(v: Tensor, key: RandomKey, sample: number): void {
  const { size } = v, count = Math.ceil(size / BITS);
  const words = randomBits({ ...key, index: key.index + sample * size }, count);
  const pointer = workspace(words.byteLength);
  wordView(pointer, count).set(words);
  kernels(v.dtype).signs(size, pointer, v.pointer);
}

/** Normal numbers that belong to `sample` of a key. */
export function normalVector(
  { size, dtype }: LinearOperator,
  key: RandomKey,
  sample: number,
): Tensor {
  return normal({ ...key, index: key.index + sample * size }, [size], { dtype });
}

/** Mean and standard error of samples. */
export function estimate(samples: readonly number[]): Estimate {
  const n = samples.length;
  const value = samples.reduce((sum, sample) => sum + sample, 0) / n;
  const squares = samples.reduce((sum, sample) => sum + (sample - value) * (sample - value), 0);
  return { value, standardError: Math.sqrt(squares / (n - 1) / n) };
}
