// Pooling: maps of windows that are linear, or linear at the places that the forward pass chose. So one map pushes
// tangents forward, its transpose pulls cotangents and their changes back, and nothing is curved.
import type { PatchGeometry } from "../../ops/patch_geometry.ts";
import { addAtPlaces, averagePool, maxPool, spreadAverage, takePlaces } from "../../ops/pooling.ts";
import type { PlainRecord } from "../../runtime/plain_data.ts";
import { checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { checkShape, formatShape, MAXIMUM_ELEMENTS, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type {
  BindContext,
  BoundLayer,
  Layer,
  ReverseSweep,
  SecondOrderSweep,
  TangentSweep,
} from "./layer.ts";
import { placeWindows } from "./window.ts";

/** Places are kept as float32 numbers: more pixels would not all have one. */
const MOST_PIXELS = 16777216;

/** Options of `maxPool2d()` and `averagePool2d()`. */
export interface PoolingOptions {
  /** Steps between windows. @default size */
  readonly stride?: number;
  /** Rows and columns of padding on every side of the image, less than size. @default 0 */
  readonly padding?: number;
}

const NAMES = namesOf<PoolingOptions>({ stride: true, padding: true });

/** Pushes values or tangents from input to output, or pulls cotangents back. */
type Move = (from: Tensor, to: Tensor) => void;

/** What a kind of pooling does, bound to its buffers. */
interface Pooling {
  readonly forward: Move;
  readonly push: Move;
  readonly pull: Move;
}

type BindPooling = (geometry: PatchGeometry, newPlaces: () => Tensor) => Pooling;

const bindMax: BindPooling = (geometry, newPlaces) => {
  const places = newPlaces();
  return {
    forward: (x, y) => maxPool(x, geometry, y, places),
    push: (t, out) => takePlaces(t, geometry, places, out),
    pull: (u, out) => addAtPlaces(u, geometry, places, out),
  };
};

const bindAverage: BindPooling = (geometry) => {
  const forward: Move = (x, y) => averagePool(x, geometry, y);
  return { forward, push: forward, pull: (u, out) => spreadAverage(u, geometry, out) };
};

function poolingLayer(
  kind: string,
  options: PlainRecord,
  outputShape: (geometry: PatchGeometry) => Shape,
  place: (input: Shape) => PatchGeometry,
  bindPooling: BindPooling,
): Layer {
  return Object.freeze({
    kind,
    options: Object.freeze(options),
    outputShape: (input: Shape): Shape => outputShape(place(input)),
    sites: (input: Shape) => {
      place(input);
      return [];
    },
    bind: (context: BindContext): BoundLayer => {
      const geometry = place(context.input.shape.slice(1));
      return bindPool(context, outputShape(geometry), geometry, bindPooling);
    },
  });
}

function bindPool(
  { input, buffer }: BindContext,
  shape: Shape,
  geometry: PatchGeometry,
  bindPooling: BindPooling,
): BoundLayer {
  const outputShape = [input.shape[0], ...shape];
  const output = buffer(outputShape);
  const { forward, push, pull } = bindPooling(geometry, () => buffer(outputShape));
  return {
    output,
    sites: [],
    forward: () => forward(input, output),
    reverse: ({ outputCotangent, needsInput, buffer }): ReverseSweep => {
      const given = { outputCotangent, siteCotangents: [] };
      if (!needsInput) return { ...given, inputCotangent: undefined, run: () => {} };
      const inputCotangent = buffer(input.shape);
      return { ...given, inputCotangent, run: () => pull(outputCotangent, inputCotangent) };
    },
    tangent: ({ inputTangent, weightTangents, buffer }): TangentSweep => {
      const given = { inputTangent, weightTangents };
      if (!inputTangent) return { ...given, outputTangent: undefined, run: () => {} };
      const outputTangent = buffer(outputShape);
      return { ...given, outputTangent, run: () => push(inputTangent, outputTangent) };
    },
    secondOrder: ({ outputCotangentTangent, needsInput, buffer }): SecondOrderSweep => {
      if (!needsInput) return { inputCotangentTangent: undefined, sites: [], run: () => {} };
      const inputCotangentTangent = buffer(input.shape);
      const run = (): void => pull(outputCotangentTangent, inputCotangentTangent);
      return { inputCotangentTangent, sites: [], run };
    },
  };
}

function windowPooling(
  kind: string,
  size: number,
  options: PoolingOptions,
  bindPooling: BindPooling,
): Layer {
  const action = `make ${kind}`;
  checkWhole(action, "size", size, 1, MAXIMUM_ELEMENTS);
  checkOptions(action, options, NAMES);
  const { stride = size, padding = 0 } = options;
  checkWhole(action, "stride", stride, 1, MAXIMUM_ELEMENTS);
  // A window of padding alone would have no maximum.
  checkWhole(action, "padding", padding, 0, size - 1);
  const windows = { kernel: [size, size], stride, padding, dilation: 1 } as const;
  const place = (input: Shape): PatchGeometry => placeWindows(kind, windows, input);
  const outputShape = ({ output, channels }: PatchGeometry): Shape => [...output, channels];
  return poolingLayer(kind, { size, stride, padding }, outputShape, place, bindPooling);
}

/**
 * The largest element of each window, channel by channel.
 *
 * The first of equal elements wins, padding never does. Derivatives are those at the places that won.
 *
 * Shapes: input (B, height, width, channels), output (B, down, across, channels).
 *
 * @param size Rows and columns of a window.
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is not whole or out of range.
 *
 * @example
 * ```ts
 * import { maxPool2d, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2, 4, 1] }, [maxPool2d(2)]);
 * using x = tensor([[[[1], [2], [5], [6]], [[3], [4], [7], [-8]]]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[[[4], [7]]]]);
 * ```
 */
export function maxPool2d(size: number, options: PoolingOptions = {}): Layer {
  const layer = windowPooling("maxPool2d", size, options, bindMax);
  const outputShape = (input: Shape): Shape => {
    const shape = layer.outputShape(input);
    if (input[0] * input[1] > MOST_PIXELS) {
      throw new TypeError(
        `Cannot apply maxPool2d to samples of shape ${
          formatShape(input)
        }: they have more than ${MOST_PIXELS} pixels`,
      );
    }
    return shape;
  };
  return Object.freeze({ ...layer, outputShape });
}

/**
 * The mean of each window, channel by channel; padding counts as zeros.
 *
 * Shapes: input (B, height, width, channels), output (B, down, across, channels).
 *
 * @param size Rows and columns of a window.
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is not whole or out of range.
 *
 * @example
 * ```ts
 * import { averagePool2d, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2, 4, 1] }, [averagePool2d(2)]);
 * using x = tensor([[[[1], [2], [5], [6]], [[3], [4], [7], [-8]]]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[[[2.5], [2.5]]]]);
 * ```
 */
export function averagePool2d(size: number, options: PoolingOptions = {}): Layer {
  return windowPooling("averagePool2d", size, options, bindAverage);
}

/**
 * The mean of each channel over the whole image.
 *
 * Shapes: input (B, height, width, channels), output (B, channels).
 *
 * @example
 * ```ts
 * import { globalAveragePool2d, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1, 2, 2] }, [globalAveragePool2d()]);
 * using x = tensor([[[[1, 10], [3, 20]]]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[2, 15]]);
 * ```
 */
export function globalAveragePool2d(): Layer {
  const place = (input: Shape): PatchGeometry => {
    checkShape("apply globalAveragePool2d", input);
    const [height, width] = input;
    const windows = { kernel: [height, width], stride: 1, padding: "valid", dilation: 1 } as const;
    return placeWindows("globalAveragePool2d", windows, input);
  };
  const outputShape = ({ channels }: PatchGeometry): Shape => [channels];
  return poolingLayer("globalAveragePool2d", {}, outputShape, place, bindAverage);
}
