// Layers that only look at their input in another shape: no buffers, no work.
import { formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import type { BindContext, BoundLayer, Layer } from "./layer.ts";

function bindView({ input }: BindContext, shape: Shape): BoundLayer {
  const run = (): void => {};
  const outputShape = [input.shape[0], ...shape];
  return {
    output: input.view(outputShape),
    sites: [],
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

function viewLayer(kind: string, outputShape: (input: Shape) => Shape): Layer {
  return Object.freeze({
    kind,
    outputShape,
    sites: () => [],
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
  return viewLayer("identity", (input) => input);
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
 * @throws {TypeError} when a sample's size differs from that of `shape`.
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
  return viewLayer("reshape", (input) => {
    if (sizeOf(input) !== sizeOf(shape)) {
      throw new TypeError(
        `Cannot reshape samples of ${formatShape(input)} to ${
          formatShape(shape)
        }: the sizes differ`,
      );
    }
    return shape;
  });
}
