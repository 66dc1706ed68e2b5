import {
  checkBoolean,
  checkObject,
  checkOptions,
  checkWhole,
  namesOf,
} from "../runtime/arguments.ts";
import { permutation, randomKey, STREAMS } from "../tensor/random.ts";
import { MAXIMUM_ELEMENTS } from "../tensor/shape.ts";

/** Options of `Batches`. */
export interface BatchesOptions {
  /** Samples in a batch. */
  readonly batchSize: number;
  /** Seed of the shuffling. @default 0 */
  readonly seed?: number;
  /** Whether every epoch has an order of its own; otherwise all have the given order. @default true */
  readonly shuffle?: boolean;
  /** Whether an epoch ends with a smaller batch of what remains. @default false: that is left out */
  readonly keepRemainder?: boolean;
}

const NAMES = namesOf<BatchesOptions>({
  batchSize: true,
  seed: true,
  shuffle: true,
  keepRemainder: true,
});

/** A place in the sequence of batches: all the state there is. */
export interface BatchPosition {
  /** Epochs that were finished before. */
  readonly epoch: number;
  /** Batches of this epoch that were handed out before. */
  readonly index: number;
}

// Leaves 2^32 counters of four words to the permutation of each epoch.
const COUNTERS_PER_EPOCH = 0x1_0000_0000;
/** Epochs that have orders of their own: keys hold indices up to 2^53. */
export const MAXIMUM_EPOCHS = 0x20_0000;

let hasPosition: (value: object) => boolean;

/**
 * Deals out the rows of batches in an order that the seed and the position alone decide.
 *
 * The order of epoch e depends on (seed, e), not on what was drawn before: setting `position` to a saved one
 * continues exactly there. The samples that do not fill a last batch are left out, another few in each epoch.
 *
 * @example
 * ```ts
 * import { Batches } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * const batches = new Batches(10, { batchSize: 4, seed: 1 });
 * batches.next();
 * const saved = batches.position;
 * const rows = [...batches.next()];
 * batches.position = saved;
 * assertEquals([...batches.next()], rows);
 * assertEquals(batches.position, { epoch: 1, index: 0 });
 * ```
 */
export class Batches {
  /** Batches in an epoch. */
  readonly batchesPerEpoch: number;
  /** Number of samples. */
  readonly size: number;
  /** Options, defaults filled in. */
  readonly options: Readonly<Required<BatchesOptions>>;
  #position: BatchPosition = Object.freeze({ epoch: 0, index: 0 });
  #order: Uint32Array = new Uint32Array(0);
  #orderEpoch = -1;

  static {
    hasPosition = (value) => #position in value;
  }

  /**
   * Begins at epoch 0.
   *
   * @param size Number of samples.
   * @throws {TypeError} when an argument has the wrong type.
   * @throws {RangeError} when `size` or `batchSize` is not a whole number of at least 1, a batch is larger
   * than the data set, or the seed is no seed.
   */
  constructor(size: number, options: BatchesOptions) {
    checkOptions("deal batches", options, NAMES);
    const { batchSize, seed = 0, shuffle = true, keepRemainder = false } = options;
    checkWhole("deal batches", "size", size, 1, MAXIMUM_ELEMENTS);
    checkWhole("deal batches", "batchSize", batchSize, 1);
    if (batchSize > size) {
      throw new RangeError(
        `Cannot deal batches: batchSize is ${batchSize}, but there are only ${size} samples`,
      );
    }
    checkBoolean("deal batches", "shuffle", shuffle);
    checkBoolean("deal batches", "keepRemainder", keepRemainder);
    randomKey(seed); // refuses now what is no seed
    const batches = size / batchSize;
    this.batchesPerEpoch = keepRemainder ? Math.ceil(batches) : Math.floor(batches);
    this.size = size;
    this.options = Object.freeze({ batchSize, seed, shuffle, keepRemainder });
  }

  /** Where `next()` will take its batch. */
  get position(): BatchPosition {
    return this.#position;
  }

  set position(position: BatchPosition) {
    const action = "set the position of batches";
    checkObject(action, "the position", position);
    const { epoch, index } = position;
    checkWhole(action, "epoch", epoch, 0, MAXIMUM_EPOCHS);
    const isEnd = epoch === MAXIMUM_EPOCHS;
    checkWhole(action, "index", index, 0, isEnd ? 0 : this.batchesPerEpoch - 1);
    this.#position = Object.freeze({ epoch, index });
  }

  /**
   * The rows of the next batch; not to be written to.
   *
   * @throws {RangeError} when every epoch that has an order of its own is over, after 2^21 of them.
   */
  next(): Uint32Array {
    const { epoch, index } = this.#position;
    if (epoch === MAXIMUM_EPOCHS) {
      throw new RangeError(`Cannot deal batches: ${MAXIMUM_EPOCHS} epochs are over, and no more`);
    }
    const { batchSize } = this.options;
    const from = index * batchSize;
    const rows = this.#orderOf(epoch).subarray(from, from + batchSize);
    const isLast = index + 1 === this.batchesPerEpoch;
    this.#position = Object.freeze(
      isLast ? { epoch: epoch + 1, index: 0 } : { epoch, index: index + 1 },
    );
    return rows;
  }

  #orderOf(epoch: number): Uint32Array {
    if (epoch !== this.#orderEpoch) {
      const { seed, shuffle } = this.options;
      this.#order = shuffle
        ? permutation(randomKey(seed, STREAMS.shuffle, epoch * COUNTERS_PER_EPOCH), this.size)
        : Uint32Array.from({ length: this.size }, (_, row) => row);
      this.#orderEpoch = epoch;
    }
    return this.#order;
  }
}

/** Refuses what are no batches, an object that only looks like them too. */
export function checkBatches(action: string, batches: unknown): asserts batches is Batches {
  if (!(batches instanceof Batches) || !hasPosition(batches)) {
    throw new TypeError(`Cannot ${action}: the batches must be Batches`);
  }
}
