import { moveRuns } from "../../ops/runs.ts";
import { fill } from "../../ops/vector.ts";
import { checkShape, formatShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { BindContext, BoundLayer, Buffers, Layer } from "./layer.ts";

function checkSteps(input: Shape): Shape {
  checkShape("apply lastStep", input);
  if (input.length > 1 && input[0] > 0) return input;
  throw new TypeError(
    `Cannot apply lastStep to samples of shape ${formatShape(input)}: it needs (steps, …)`,
  );
}

/**
 * The last time step of each sequence, the last valid one where the batch has lengths.
 *
 * Shapes: input (B, T, …), output (B, …).
 *
 * @example
 * ```ts
 * import { lastStep, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [3, 2] }, [lastStep()]);
 * using x = tensor([[[1, 2], [3, 4], [5, 6]]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[5, 6]]);
 * ```
 */
export function lastStep(): Layer {
  return Object.freeze({
    kind: "lastStep",
    steps: "last",
    outputShape: (input: Shape): Shape => checkSteps(input).slice(1),
    sites: (input: Shape) => {
      checkSteps(input);
      return [];
    },
    bind: bindLastStep,
  });
}

function bindLastStep({ input, buffer, lengthOf }: BindContext): BoundLayer {
  const [batchSize, steps, ...rest] = input.shape;
  const width = input.size / (batchSize * steps);
  const last = new Uint32Array(batchSize);
  /** The number of every sample's last valid step among all. */
  const placesOfLast = (): Uint32Array => {
    for (let n = 0; n < batchSize; n++) last[n] = n * steps + (lengthOf(n) ?? steps) - 1;
    return last;
  };
  const runs = { count: batchSize, width };
  const take = (t: Tensor, out: Tensor): void => {
    moveRuns({ ...runs, from: placesOfLast() }, t, out);
  };
  const spread = (u: Tensor, out: Tensor): void => {
    moveRuns({ ...runs, to: placesOfLast() }, u, fill(out, 0));
  };
  const like = (buffer: Buffers): Tensor => buffer([batchSize, ...rest]);
  const output = like(buffer);
  return {
    output,
    sites: [],
    forward: () => take(input, output),
    reverse: ({ outputCotangent, buffer }) => {
      const inputCotangent = buffer(input.shape);
      const run = (): void => spread(outputCotangent, inputCotangent);
      return { outputCotangent, inputCotangent, siteCotangents: [], run };
    },
    tangent: ({ inputTangent, weightTangents, buffer }) => {
      const given = { inputTangent, weightTangents };
      if (!inputTangent) return { ...given, outputTangent: undefined, run: (): void => {} };
      const outputTangent = like(buffer);
      return { ...given, outputTangent, run: () => take(inputTangent, outputTangent) };
    },
    secondOrder: ({ outputCotangentTangent, buffer }) => {
      const inputCotangentTangent = buffer(input.shape);
      const run = (): void => spread(outputCotangentTangent, inputCotangentTangent);
      return { inputCotangentTangent, sites: [], run };
    },
  };
}
