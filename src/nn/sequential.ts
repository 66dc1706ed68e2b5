import { checkObject, checkOptions, namesOf } from "../runtime/arguments.ts";
import type { DType } from "../runtime/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Layer } from "./layers/layer.ts";
import { Model } from "./model.ts";

/** Options of `sequential()`. */
export interface SequentialOptions {
  /** Shape of one input sample, for example [784] or [28, 28, 1]. */
  readonly input: Shape;
  /** Seed of the initial weights. @default 0 */
  readonly seed?: number;
  /** Element type of parameters and activations. @default "float32" */
  readonly dtype?: DType;
}

const NAMES = namesOf<SequentialOptions>({ input: true, seed: true, dtype: true });

/**
 * Makes a model that applies layers one after the other.
 *
 * @throws {TypeError} when an option has the wrong type, or a layer does not suit the shape that reaches it.
 * @throws {RangeError} when a size or the seed is out of range.
 * @throws {NonFiniteError} when an initializer sets a weight that is not finite.
 * @throws {OutOfMemoryError} when the parameters do not fit in memory.
 *
 * @example
 * ```ts
 * import { dense, sequential, tanh } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [4], seed: 1 }, [dense(8), tanh(), dense(2)]);
 * assertEquals(model.parameterCount, 8 * 5 + 2 * 9);
 * assertEquals(model.sites.map((site) => site.name), ["dense_1", "dense_2"]);
 * ```
 */
export function sequential(options: SequentialOptions, layers: readonly Layer[]): Model {
  checkObject("make a model", "the options", options, "an object such as { input: [784] }");
  checkOptions("make a model", options, NAMES);
  const { input, seed = 0, dtype = "float32" } = options;
  return new Model({ input, seed, dtype }, layers);
}
