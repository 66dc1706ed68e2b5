import { checkOptions, checkWhole, namesOf } from "../runtime/arguments.ts";
import { randomBits, randomKey, STREAMS } from "../tensor/random.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Dataset, dataset, type TrainTest } from "./dataset.ts";
import { drawParabola, SIDE } from "./stroke.ts";
import { autoencoding } from "./views.ts";

/** Options of `curves()`. */
export interface CurvesOptions {
  /** Seed of the points. @default 0 */
  readonly seed?: number;
  /** Number of training images. @default 20000 */
  readonly train?: number;
  /** Number of test images. @default 10000 */
  readonly test?: number;
  /** Shape of one input, of 784 pixels. @default [784] */
  readonly inputShape?: Shape;
}

const NAMES = namesOf<CurvesOptions>({ seed: true, train: true, test: true, inputShape: true });

// Where in the stream of data the two sets begin, far enough apart for any count.
const TRAIN_START = 0;
const TEST_START = 0x1_0000_0000;

// Six coordinates take six of the eight words of two counters, so image i owns counters 2 i and 2 i + 1 of its set.
const MAXIMUM_IMAGES = 1_000_000;
const WORDS_PER_IMAGE = 8;
const COORDINATES = 6;
const WORDS = 0x1_0000_0000; // values that a word can have

// A parabola leaves the square of its three points by at most an eighth of the square's side on each side, so
// points in [4, 23]^2 keep the stroke on the paper.
const MARGIN = 4;
const EXTENT = SIDE - 1 - 2 * MARGIN;

/**
 * Makes the CURVES data: images (784) in [0, 1] of a smooth curve through three random points, with themselves
 * as targets.
 *
 * A stand-in of the same kind for the published file `digs3pts_1.mat` of Hinton & Salakhutdinov's deep
 * autoencoders, not that file: figures on the two cannot be compared. The curve is the parabola that passes
 * the points at t = 0, 1/2 and 1. Image i depends on the seed and i alone, so a smaller set is the beginning
 * of a larger one, and its bytes are equal on every runtime.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when a count is not a whole number from 1 to a million, or the seed is no seed.
 *
 * @example
 * ```ts
 * import { curves } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * const { train, test } = curves({ train: 200, test: 100 });
 * assertEquals([train.size, test.size], [200, 100]);
 * assertEquals(train.inputShape, [784]);
 * ```
 */
export function curves(options: CurvesOptions = {}): TrainTest {
  checkOptions("make CURVES", options, NAMES);
  const { seed = 0, train = 20_000, test = 10_000, inputShape = [SIDE * SIDE] } = options;
  checkWhole("make CURVES", "train", train, 1, MAXIMUM_IMAGES);
  checkWhole("make CURVES", "test", test, 1, MAXIMUM_IMAGES);
  checkShape("make CURVES", inputShape);
  if (sizeOf(inputShape) !== SIDE * SIDE) {
    throw new RangeError(
      `Cannot make CURVES: an input of shape ${formatShape(inputShape)} does not hold 784 pixels`,
    );
  }
  return {
    train: drawn(seed, TRAIN_START, train, inputShape),
    test: drawn(seed, TEST_START, test, inputShape),
  };
}

function drawn(seed: number, start: number, count: number, inputShape: Shape): Dataset {
  const words = randomBits(randomKey(seed, STREAMS.data, start), count * WORDS_PER_IMAGE);
  const pixels = new Uint8Array(count * SIDE * SIDE);
  const points = new Float64Array(COORDINATES);
  for (let image = 0; image < count; image++) {
    for (let i = 0; i < COORDINATES; i++) {
      points[i] = MARGIN + EXTENT * (words[image * WORDS_PER_IMAGE + i] / WORDS);
    }
    drawParabola(points, pixels.subarray(image * SIDE * SIDE, (image + 1) * SIDE * SIDE));
  }
  const unlabelled = new Uint8Array(count);
  return autoencoding(
    dataset({ input: pixels, target: unlabelled, inputShape, scale: 1 / 255 }),
  );
}
