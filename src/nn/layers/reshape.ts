// Layers that only look at their input in another shape: no buffers, no work.
import type { PlainRecord } from "../../runtime/plain_data.ts";
import { checkedShape, checkShape, formatShape, type Shape, sizeOf } from "../../tensor/shape.ts";
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

interface View {
  readonly viewed: (input: Shape) => Shape;
  readonly steps?: "each";
  readonly options?: PlainRecord;
}

function viewLayer(kind: string, { viewed, steps, options = {} }: View): Layer {
  const outputShape = (input: Shape): Shape => viewed(checkedShape(`apply ${kind}`, input));
  return Object.freeze({
    kind,
    options: Object.freeze(options),
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
  return viewLayer("identity", { viewed: (input) => input, steps: "each" });
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
  return viewLayer("flatten", { viewed: (input) => [sizeOf(input)] });
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
  const viewed = (input: Shape): Shape => {
    if (sizeOf(input) !== sizeOf(wanted)) {
      throw new TypeError(
        `Cannot reshape samples of ${formatShape(input)} to ${
          formatShape(wanted)
        }: the sizes differ`,
      );
    }
    return wanted;
  };
  return viewLayer("reshape", { viewed, options: { shape: wanted } });
}
