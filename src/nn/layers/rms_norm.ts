import { checkNumber, checkOptions, namesOf } from "../../runtime/arguments.ts";
import { groupStatistics } from "./group_statistics.ts";
import type { Layer } from "./layer.ts";
import { normalization } from "./normalization.ts";

/** Options of `rmsNorm()`. */
export interface RmsNormOptions {
  /** Added to the mean square. @default the distance from 1 to the next number of the model's dtype, 2^-23 or 2^-52 */
  readonly epsilon?: number;
}

const NAMES = namesOf<RmsNormOptions>({ epsilon: true });

/** Each position by itself. */
const GROUPS = { positions: 1, groups: 1, centers: false };

const DISTANCES = { float32: 1.1920928955078125e-7, float64: 2.220446049250313e-16 } as const;

/**
 * Divides the last axis by its root mean square, then scales each feature: y = γ x / √(mean(x²) + ε).
 *
 * Its parameters are a site of the form "scale": W (features, 1), the factors γ, initially 1, which files keep as
 * PyTorch does, "weight". It has no Kronecker factors: SGD, Adam and every method that works with products train it,
 * K-FAC and K-BFGS refuse it.
 *
 * Shapes: input and output (B, …, features). Cost: some 15 flops an element. Sums are in float64.
 *
 * The model is refused if samples have no axis or no elements.
 *
 * @throws {TypeError} when the options are not an object, or `epsilon` is not a number.
 * @throws {RangeError} when `epsilon` is not positive and finite.
 *
 * Source: Zhang & Sennrich 2019, eq. (4), with ε as in torch.nn.RMSNorm.
 *
 * @example
 * ```ts
 * import { rmsNorm, sequential, tensor } from "curvature";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2], dtype: "float64" }, [rmsNorm()]);
 * using x = tensor([[3, 4]], { dtype: "float64" });
 * using y = model.predict(x);
 * assertAlmostEquals(y.data[0], 3 / Math.sqrt(12.5));
 * assertEquals(model.sites[0].weight.shape, [2, 1]);
 * ```
 */
export function rmsNorm(options: RmsNormOptions = {}): Layer {
  checkOptions("make rmsNorm", options, NAMES);
  const { epsilon } = options;
  if (epsilon !== undefined) checkNumber("make rmsNorm", "epsilon", epsilon, "positive");
  return normalization({
    kind: "rmsNorm",
    steps: "each",
    options: { epsilon },
    shifts: false,
    statistics: (context) => groupStatistics(context, GROUPS, epsilon ?? DISTANCES[context.dtype]),
  });
}
