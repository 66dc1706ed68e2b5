// Images like those of MNIST without a file: digits of a few parabolas, written anew for each image with
// points that wander, slant, size and place that vary.
import { type Dataset, dataset, type TrainTest } from "../data/dataset.ts";
import { drawParabola, SIDE } from "../data/stroke.ts";
import { autoencoding } from "../data/views.ts";
import { randomBits, randomKey, STREAMS } from "../tensor/random.ts";

/** Strokes through three points (x, y), of a square whose side is 1 and whose y grows downwards. */
const STROKES: readonly (readonly number[])[][] = [
  [[.5, 0, .1, .5, .5, 1], [.5, 0, .9, .5, .5, 1]],
  [[.5, 0, .5, .5, .5, 1], [.3, .2, .42, .12, .5, 0]],
  [[.15, .25, .8, .2, .15, 1], [.15, 1, .5, .97, .9, 1]],
  [[.2, .05, .85, .25, .35, .48], [.35, .48, .95, .75, .15, .95]],
  [[.6, 0, .35, .35, .1, .65], [.1, .65, .5, .65, .9, .65], [.65, .3, .65, .65, .65, 1]],
  [[.85, .02, .5, .02, .25, .02], [.25, .02, .22, .22, .2, .45], [.2, .45, 1, .65, .15, .97]],
  [[.7, 0, .2, .35, .2, .75], [.2, .75, .5, .42, .8, .75], [.2, .75, .5, 1.08, .8, .75]],
  [[.1, .03, .5, .03, .9, .03], [.9, .03, .6, .45, .4, 1]],
  [
    [.5, 0, .2, .24, .5, .48],
    [.5, 0, .8, .24, .5, .48],
    [.5, .48, .1, .75, .5, 1],
    [.5, .48, .9, .75, .5, 1],
  ],
  [[.8, .28, .45, -.08, .2, .28], [.2, .28, .45, .6, .8, .28], [.8, .28, .8, .65, .55, 1]],
];

const TEST_START = 0x1_0000_0000;
const WORDS = 0x1_0000_0000; // values that a word can have
const WORDS_PER_IMAGE = 32; // 5 for the image as a whole, 6 for each of up to 4 strokes
const WANDERING = 0.16;
const SLANT = 0.7;
const NARROWEST = 0.6;
const SHORTEST = 0.8;
const HEIGHT = 20;
const SHIFT = 4;

/** Digits to learn from and to judge by; those of one seed are the same everywhere. */
export function digits(
  { seed = 0, train, test }: {
    readonly seed?: number;
    readonly train: number;
    readonly test: number;
  },
): TrainTest {
  return { train: written(seed, 0, train), test: written(seed, TEST_START, test) };
}

function written(seed: number, start: number, count: number): Dataset {
  const words = randomBits(randomKey(seed, STREAMS.data, start), count * WORDS_PER_IMAGE);
  const pixels = new Uint8Array(count * SIDE * SIDE);
  const stroke = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < count; i++) {
    const draws = Array.from(
      words.subarray(i * WORDS_PER_IMAGE, (i + 1) * WORDS_PER_IMAGE),
      (word) => word / WORDS - 0.5,
    );
    const image = pixels.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE);
    for (const points of pointsOf(STROKES[i % STROKES.length], draws)) {
      drawParabola(points, stroke);
      for (let p = 0; p < image.length; p++) image[p] = Math.max(image[p], stroke[p]);
    }
  }
  const input = dataset({
    input: pixels,
    target: new Uint8Array(count),
    inputShape: [SIDE * SIDE],
    scale: 1 / 255,
  });
  return autoencoding(input);
}

/** The strokes of a digit in pixels, after draws from [-1/2, 1/2). */
function pointsOf(
  strokes: readonly (readonly number[])[],
  draws: readonly number[],
): Float64Array[] {
  const [slant, width, height, right, down, ...wandering] = draws;
  const wide = HEIGHT * (NARROWEST + (1 - NARROWEST) * (width + 0.5));
  const high = HEIGHT * (SHORTEST + (1 - SHORTEST) * (height + 0.5));
  const middle = (SIDE - 1) / 2;
  return strokes.map((points, s) => {
    const moved = points.map((at, i) => at + WANDERING * wandering[s * points.length + i] - 0.5);
    return Float64Array.from(
      moved,
      (at, i) =>
        i % 2 === 0
          ? middle + SHIFT * right + wide * (at - SLANT * slant * moved[i + 1])
          : middle + SHIFT * down + high * at,
    );
  });
}
