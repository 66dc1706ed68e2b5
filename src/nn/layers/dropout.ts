// Dropout: y = m x, where each element of m is 0 or 1 / keep. Linear in x, with the mask of the forward pass.
import { applyMask, drawMask } from "../../ops/mask.ts";
import { fill } from "../../ops/vector.ts";
import { checkNumber, checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { checkedShape, checkShape, type Shape } from "../../tensor/shape.ts";
import type {
  BindContext,
  BoundLayer,
  Layer,
  ReverseSweep,
  SecondOrderSweep,
  TangentSweep,
} from "./layer.ts";

/** Options of `dropout()`. */
export interface DropoutOptions {
  /** Seed of the masks, in the place of that of the run. @default the run's */
  readonly seed?: number;
}

const NAMES = namesOf<DropoutOptions>({ seed: true });

/**
 * Sets each element to 0 with probability `rate` and divides the others by 1 - rate, so that the mean stays.
 *
 * The mask is a function of the batch's key, (seed, step) in training, and of the layer's place among those that
 * draw: every evaluation of one step sees the same one, and a run that resumes goes on with its masks. Without
 * a key, as in `predict()` and `evaluate()`, dropout passes its input on unchanged.
 *
 * Shapes: input and output (B, …) alike.
 *
 * @param rate Probability of 0.
 * @throws {TypeError} when `rate` or an option has the wrong type.
 * @throws {RangeError} when `rate` is not at least 0 and below 1, or the seed is no seed.
 *
 * Source: Srivastava et al. 2014, section 4, scaled while training.
 *
 * @example
 * ```ts
 * import { dropout, randomKey, sequential, squaredError, tensor } from "curvature";
 * import { STREAMS } from "curvature/layers";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [8] }, [dropout(0.5)]);
 * using input = tensor([[1, 1, 1, 1, 1, 1, 1, 1]]);
 * using target = tensor([[0, 0, 0, 0, 0, 0, 0, 0]]);
 * using still = model.linearize(squaredError(), { input, target });
 * assertEquals(still.output.toArray(), input.toArray());
 * const key = randomKey(1, STREAMS.dropout, 0);
 * using masked = model.linearize(squaredError(), { input, target, key });
 * assertEquals(new Set(masked.output.data), new Set([0, 2]));
 * ```
 */
export function dropout(rate: number, options: DropoutOptions = {}): Layer {
  checkNumber("make dropout", "the rate", rate, "fraction");
  checkOptions("make dropout", options, NAMES);
  const { seed } = options;
  if (seed !== undefined) checkWhole("make dropout", "the seed", seed, 0);
  return Object.freeze({
    kind: "dropout",
    steps: "each",
    options: Object.freeze({ rate, seed }),
    outputShape: (input: Shape): Shape => checkedShape("apply dropout", input),
    sites: (input: Shape) => {
      checkShape("apply dropout", input);
      return [];
    },
    bind: (context: BindContext): BoundLayer => bindDropout(context, 1 - rate, seed),
  });
}

function bindDropout(
  { input, buffer, claimKey }: BindContext,
  keep: number,
  seed: number | undefined,
): BoundLayer {
  const draw = claimKey();
  const own = seed === undefined ? {} : { seed };
  const output = buffer(input.shape);
  const mask = buffer(input.shape, "mask");
  return {
    output,
    sites: [],
    elementMaps: [{
      timesFirst: (t, out): void => applyMask(mask, t, out),
      timesSecond: (_t, out): void => void fill(out, 0),
    }],
    forward: (): void => {
      const given = draw();
      if (given) drawMask({ ...given.key, ...own }, keep, mask, given.firstSample);
      else fill(mask, 1);
      applyMask(mask, input, output);
    },
    reverse: ({ outputCotangent, keepsOutput, buffer }): ReverseSweep => {
      const inputCotangent = keepsOutput ? buffer(input.shape) : outputCotangent;
      const run = (): void => applyMask(mask, outputCotangent, inputCotangent);
      return { outputCotangent, inputCotangent, siteCotangents: [], run };
    },
    tangent: ({ inputTangent, weightTangents, buffer }): TangentSweep => {
      const outputTangent = inputTangent && buffer(input.shape);
      const run = (): void => {
        if (inputTangent && outputTangent) applyMask(mask, inputTangent, outputTangent);
      };
      return { inputTangent, weightTangents, outputTangent, run };
    },
    secondOrder: ({ outputCotangentTangent, buffer }): SecondOrderSweep => {
      const inputCotangentTangent = buffer(input.shape);
      const run = (): void => applyMask(mask, outputCotangentTangent, inputCotangentTangent);
      return { inputCotangentTangent, sites: [], run };
    },
  };
}
