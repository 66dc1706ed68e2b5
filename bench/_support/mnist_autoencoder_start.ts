// Where a run of the convergence bench starts and in which order it sees the images: as the authors' own run
// did, whose code seeds NumPy and PyTorch by 9999, or by a seed of this library.
import { Batches } from "../../src/data/batches.ts";
import type { Model } from "../../src/nn/model.ts";
import { autoencoder } from "./autoencoder.ts";
import { MersenneTwister } from "./mersenne_twister.ts";

const AUTHORS_SEED = 9999;

/** Model and batches. */
export interface Start {
  readonly model: Model;
  /** Rows of the batches of the warm start, one epoch. */
  readonly warmStart: Iterable<ArrayLike<number>>;
  /** Rows of the next batch. */
  nextBatch(): ArrayLike<number>;
}

/** The start of a run by name: "authors", or a seed. */
export function startOf(name: string, samples: number, batchSize: number): Start {
  return name === "authors"
    ? authorsStart(samples, batchSize)
    : seededStart(Number(name), samples, batchSize);
}

function seededStart(seed: number, samples: number, batchSize: number): Start {
  const batches = new Batches(samples, { batchSize, seed });
  const first = new Batches(samples, { batchSize, seed });
  const warmStart = {
    *[Symbol.iterator](): Iterator<ArrayLike<number>> {
      for (let i = 0; i < first.batchesPerEpoch; i++) yield first.next();
    },
  };
  return { model: autoencoder(seed), warmStart, nextBatch: () => batches.next() };
}

function authorsStart(samples: number, batchSize: number): Start {
  const model = autoencoder();
  initializeAsPyTorch(model);
  // The warm start sees the images as they lie in the file; every epoch then shuffles the last one's order.
  const random = new MersenneTwister(AUTHORS_SEED);
  const inFile = Uint32Array.from({ length: samples }, (_, i) => i);
  const warmStart = {
    *[Symbol.iterator](): Iterator<ArrayLike<number>> {
      for (let i = 0; i + batchSize <= samples; i += batchSize) {
        yield inFile.subarray(i, i + batchSize);
      }
    },
  };
  let order = inFile, position = samples;
  const nextBatch = (): ArrayLike<number> => {
    if (position + batchSize > samples) {
      const shuffled = random.shuffle(inFile.slice());
      order = shuffled.map((i) => order[i]);
      position = 0;
    }
    const batch = order.subarray(position, position + batchSize);
    position += batchSize;
    random.shuffle(new Uint32Array(batchSize)); // Their code permutes each batch, to no effect.
    return batch;
  };
  return { model, warmStart, nextBatch };
}

/** nn.Linear's default: weight, then bias, uniform in ±1/√inputs from 24 bits each. */
function initializeAsPyTorch(model: Model): void {
  const random = new MersenneTwister(AUTHORS_SEED);
  for (const { weight: { data, shape: [outputs, columns] } } of model.sites) {
    const inputs = columns - 1;
    const limit = 1 / Math.sqrt(inputs);
    const draw = (): number => (random.next() & 0xffffff) / 2 ** 24 * 2 * limit - limit;
    for (let o = 0; o < outputs; o++) {
      for (let k = 0; k < inputs; k++) data[o * columns + k] = draw();
    }
    for (let o = 0; o < outputs; o++) data[o * columns + inputs] = draw();
  }
  model.parametersChanged();
}
