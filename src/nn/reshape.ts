// Layers that only look at their input in another shape: no buffers, no work.
import { checkedShape, checkShape, formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import type { BindContext, BoundLayer, Layer } from "./layer.ts";

function bindView({ input }: BindContext, shape: Shape): BoundLayer {
  const run = (): void => {};
  const outputShape = [input.shape[0], ...shape];
  return {
    output: input.view(outputShape),
    sites: [],
    elementMaps: [],
    forward: run,
    reverse: ({ outputCotangent }) => ({
      outputCotangent,
      inputCotangent: outputCotangent.view(input.shape),
      siteCotangents: [],
      run,
    }),
    tangent: ({ inputTangent, weightTangents }) => ({
      inputTangent,
      weightTangents,
      outputTangent: inputTangent?.view(outputShape),
      run,
    }),
    secondOrder: ({ outputCotangentTangent }) => ({
      inputCotangentTangent: outputCotangentTangent.view(input.shape),
      sites: [],
      run,
    }),
  };
}

function viewLayer(kind: string, viewed: (input: Shape) => Shape, steps?: "each"): Layer {
  const outputShape = (input: Shape): Shape => viewed(checkedShape(`apply ${kind}`, input));
  return Object.freeze({
    kind,
    steps,
    outputShape,
    sites: (input: Shape) => {
      checkShape(`apply ${kind}`, input);
      return [];
    },
    bind: (context: BindContext): BoundLayer =>
      bindView(context, outputShape(context.input.shape.slice(1))),
  });
}

/**
 * Passes its input on unchanged.
 *
 * @example
 * ```ts
 * import { identity, sequential } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [3] }, [identity()]);
 * assertEquals(model.output, [3]);
 * ```
 */
export function identity(): Layer {
  return viewLayer("identity", (input) => input, "each");
}

/**
 * Joins all axes of a sample into one.
 *
 * @example
 * ```ts
 * import { flatten, sequential } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [28, 28, 1] }, [flatten()]);
 * assertEquals(model.output, [784]);
 * ```
 */
export function flatten(): Layer {
  return viewLayer("flatten", (input) => [sizeOf(input)]);
}

/**
 * Gives a sample another shape of the same size.
 *
 * The model is refused if a sample's size differs from that of `shape`.
 *
 * @throws {TypeError} when `shape` is not an array of numbers.
 * @throws {RangeError} when a size is negative, fractional or too large.
 *
 * @example
 * ```ts
 * import { reshape, sequential } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [6] }, [reshape([2, 3])]);
 * assertEquals(model.output, [2, 3]);
 * ```
 */
export function reshape(shape: Shape): Layer {
  checkShape("make reshape", shape);
  const wanted = Object.freeze([...shape]);
  return viewLayer("reshape", (input) => {
    if (sizeOf(input) !== sizeOf(wanted)) {
      throw new TypeError(
        `Cannot reshape samples of ${formatShape(input)} to ${
          formatShape(wanted)
        }: the sizes differ`,
      );
    }
    return wanted;
  });
}
