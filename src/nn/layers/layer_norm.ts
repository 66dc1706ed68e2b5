import { checkNumber, checkOptions, namesOf } from "../../runtime/arguments.ts";
import { groupStatistics } from "./group_statistics.ts";
import type { Layer } from "./layer.ts";
import { normalization } from "./normalization.ts";

/** Options of `layerNorm()`. */
export interface LayerNormOptions {
  /** Added to the variance. @default 1e-5 */
  readonly epsilon?: number;
}

const NAMES = namesOf<LayerNormOptions>({ epsilon: true });

/** Each position by itself. */
const GROUPS = { positions: 1, groups: 1, centers: true };

/**
 * Normalizes the last axis to mean 0 and variance 1, then scales and shifts each feature: y = γ x̂ + β.
 *
 * Its parameters are a site of the form "scale": W (features, 2) with rows [γ | β], initially [1 | 0], which
 * files keep as PyTorch does, "weight" and "bias". It has no Kronecker factors: methods that need some step
 * it by a `Fallback`.
 *
 * Shapes: input and output (B, …, features). Cost: some 20 flops an element. Sums are in float64.
 *
 * The model is refused if samples have no axis or no elements.
 *
 * @throws {TypeError} when the options are not an object, or `epsilon` is not a number.
 * @throws {RangeError} when `epsilon` is not positive and finite.
 *
 * Source: Ba, Kiros & Hinton 2016, eqs. (3) and (4), with ε as in torch.nn.LayerNorm.
 *
 * @example
 * ```ts
 * import { dense, layerNorm, sequential, tensor } from "curvature";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2], dtype: "float64" }, [layerNorm()]);
 * using x = tensor([[1, 3]], { dtype: "float64" });
 * using y = model.predict(x);
 * assertAlmostEquals(y.data[1], 1, 1e-5);
 * assertEquals(model.sites[0].form.name, "scale");
 * ```
 */
export function layerNorm(options: LayerNormOptions = {}): Layer {
  checkOptions("make layerNorm", options, NAMES);
  const { epsilon = 1e-5 } = options;
  checkNumber("make layerNorm", "epsilon", epsilon, "positive");
  return normalization({
    kind: "layerNorm",
    steps: "each",
    options: { epsilon },
    shifts: true,
    statistics: (context) => groupStatistics(context, GROUPS, epsilon),
  });
}
