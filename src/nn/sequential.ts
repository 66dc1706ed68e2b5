import type { DType } from "../runtime/dtype.ts";
import { checkDType } from "../tensor/create.ts";
import { checkShape, type Shape } from "../tensor/shape.ts";
import type { Layer } from "./layer.ts";
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

/**
 * Makes a model that applies layers one after the other.
 *
 * @throws {TypeError} when a layer does not suit the shape that reaches it.
 * @throws {RangeError} when a size or the seed is out of range.
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
  const { input, seed = 0, dtype = "float32" } = options;
  checkShape("make a model", input);
  checkDType("make a model", dtype);
  if (!Array.isArray(layers)) throw new TypeError("Cannot make a model: layers must be an array");
  for (const layer of layers) {
    if (typeof layer?.outputShape !== "function") {
      throw new TypeError("Cannot make a model: every layer must be a layer, such as dense(10)");
    }
  }
  return new Model({ input, seed, dtype }, layers);
}
