// Layers that only look at their input in another shape: no buffers, no work.
import { formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import type { BindContext, BoundLayer, Layer } from "./layer.ts";

function bindView({ input }: BindContext, shape: Shape): BoundLayer {
  const nothing = (): void => {};
  const batchSize = input.shape[0];
  return {
    output: input.view([batchSize, ...shape]),
    sites: [],
    forward: nothing,
    reverse: ({ outputCotangent }) => ({
      inputCotangent: outputCotangent.view(input.shape),
      siteCotangents: [],
      run: nothing,
    }),
    tangent: ({ inputTangent }) => ({
      outputTangent: inputTangent?.view([batchSize, ...shape]),
      run: nothing,
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

/** Passes its input on unchanged. */
export function identity(): Layer {
  return viewLayer("identity", (input) => input);
}

/** Joins all axes of a sample into one. */
export function flatten(): Layer {
  return viewLayer("flatten", (input) => [sizeOf(input)]);
}

/** Gives a sample another shape of the same size. */
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
