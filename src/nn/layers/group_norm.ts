import { checkNumber, checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { formatShape, MAXIMUM_ELEMENTS, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Groups } from "../../ops/normalization.ts";
import { groupStatistics } from "./group_statistics.ts";
import type { Layer } from "./layer.ts";
import { normalization } from "./normalization.ts";

/** Options of `groupNorm()`. */
export interface GroupNormOptions {
  /** Added to the variance. @default 1e-5 */
  readonly epsilon?: number;
}

const NAMES = namesOf<GroupNormOptions>({ epsilon: true });

/**
 * Normalizes groups of channels, each over all positions of a sample, to mean 0 and variance 1, then scales and
 * shifts each channel: y = γ x̂ + β. One group of all channels is layer normalization of the whole sample, as many
 * groups as channels are instance normalization.
 *
 * Its parameters are a site of the form "scale": W (channels, 2) with rows [γ | β], initially [1 | 0], which files keep
 * as PyTorch does, "weight" and "bias". It has no Kronecker factors: SGD, Adam and every method that works with
 * products train it, K-FAC and K-BFGS refuse it. Time steps of sequences meet in it, so batches with lengths are
 * refused.
 *
 * Shapes: input and output (B, …, channels), for example images (B, height, width, channels). Group g has channels
 * g channels / groups and the following ones. Cost: some 20 flops an element. Sums are in float64.
 *
 * The model is refused if samples have no axis or no elements, or channels cannot be parted into so many groups.
 *
 * @param groups Groups of channels.
 * @throws {TypeError} when `groups` or `epsilon` is not a number, or the options are not an object.
 * @throws {RangeError} when `groups` is not whole and positive, or `epsilon` not positive and finite.
 *
 * Source: Wu & He 2018, eqs. (1) to (7), with ε as in torch.nn.GroupNorm.
 *
 * @example
 * ```ts
 * import { groupNorm, sequential, tensor } from "curvature";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2, 2], dtype: "float64" }, [groupNorm(2)]);
 * using x = tensor([[[1, 10], [3, 30]]], { dtype: "float64" });
 * using y = model.predict(x);
 * assertAlmostEquals(y.data[1], -1, 1e-5);
 * assertEquals(model.sites[0].positions, 2);
 * ```
 */
export function groupNorm(groups: number, options: GroupNormOptions = {}): Layer {
  const action = "make groupNorm";
  checkWhole(action, "groups", groups, 1, MAXIMUM_ELEMENTS);
  checkOptions(action, options, NAMES);
  const { epsilon = 1e-5 } = options;
  checkNumber(action, "epsilon", epsilon, "positive");
  const groupsOf = (input: Shape): Groups => {
    const channels = input[input.length - 1];
    if (channels % groups === 0) {
      return { positions: sizeOf(input) / channels, groups, centers: true };
    }
    throw new TypeError(
      `Cannot apply groupNorm to samples of shape ${
        formatShape(input)
      }: ${groups} groups do not part ${channels} channels evenly`,
    );
  };
  return normalization({
    kind: "groupNorm",
    options: { groups, epsilon },
    shifts: true,
    checkInput: groupsOf,
    statistics: (context) =>
      groupStatistics(context, groupsOf(context.input.shape.slice(1)), epsilon),
  });
}
