import { checkOptions, checkString, namesOf } from "../runtime/arguments.ts";
import { type Dataset, dataset, type TrainTest } from "./dataset.ts";
import { readLocal } from "./download.ts";
import { requireFiles } from "./files.ts";
import { allSettled } from "./settled.ts";

/** Options of `cifar10()`. */
export interface Cifar10Options {
  /** Folder with `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`, raw or gzip. */
  readonly directory: string;
}

const NAMES = namesOf<Cifar10Options>({ directory: true });

const TRAIN_FILES = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
const TEST_FILE = "test_batch.bin";
const PIXELS = 32 * 32;
const CHANNELS = 3;
const RECORD_BYTES = 1 + CHANNELS * PIXELS;
const CLASSES = 10;
// A published batch of 10,000 records takes 30,730,000 bytes.
const MAXIMUM_BYTES = 64 * 1024 * 1024;

/**
 * Loads CIFAR-10 from a folder: inputs (32, 32, 3) in [0, 1], with class indices.
 *
 * Those training batches that are there are used, in order; one suffices.
 *
 * @throws {RangeError} when no training batch or no test batch is there, or a label is above 9.
 * @throws {TypeError} when the folder is not a string or the host has no files.
 * @throws {SyntaxError} when a file is corrupt or not a whole number of records.
 *
 * @example
 * ```ts ignore
 * import { cifar10 } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * const { train } = await cifar10({ directory: "data/cifar10" });
 * assertEquals(train.inputShape, [32, 32, 3]);
 * ```
 */
export async function cifar10(options: Cifar10Options): Promise<TrainTest> {
  checkOptions("read CIFAR-10", options, NAMES);
  const { directory } = options;
  checkString("read CIFAR-10", "directory", directory);
  const files = requireFiles(`read CIFAR-10 from "${directory}"`);
  const load = async (name: string): Promise<Uint8Array | undefined> => {
    const bytes = await readLocal(files, directory, name, MAXIMUM_BYTES);
    if (bytes && (bytes.length === 0 || bytes.length % RECORD_BYTES !== 0)) {
      throw new SyntaxError(
        `Cannot read ${name}: ${bytes.length} bytes are not whole records of ${RECORD_BYTES}`,
      );
    }
    return bytes;
  };
  const [test, ...train] = await allSettled([TEST_FILE, ...TRAIN_FILES].map(load));
  const batches = train.filter((bytes) => bytes !== undefined);
  if (!test || batches.length === 0) {
    throw new RangeError(
      `Cannot read CIFAR-10 from "${directory}": there is no ${test ? TRAIN_FILES[0] : TEST_FILE}`,
    );
  }
  return { train: decode(batches), test: decode([test]) };
}

/** Records of a label, then red, green and blue planes, to channels-last pixels. */
function decode(batches: readonly Uint8Array[]): Dataset {
  const records = batches.reduce((sum, bytes) => sum + bytes.length / RECORD_BYTES, 0);
  const pixels = new Uint8Array(records * PIXELS * CHANNELS);
  const labels = new Uint8Array(records);
  let record = 0;
  for (const bytes of batches) {
    for (let start = 0; start < bytes.length; start += RECORD_BYTES, record++) {
      labels[record] = bytes[start];
      let to = record * PIXELS * CHANNELS;
      for (let from = start + 1; from <= start + PIXELS; from++) {
        pixels[to++] = bytes[from];
        pixels[to++] = bytes[from + PIXELS];
        pixels[to++] = bytes[from + 2 * PIXELS];
      }
    }
  }
  return dataset({
    input: pixels,
    target: labels,
    inputShape: [32, 32, CHANNELS],
    scale: 1 / 255,
    classes: CLASSES,
  });
}
