import {
  checkFunction,
  checkNamed,
  checkObject,
  checkOptions,
  checkString,
  namesOf,
} from "../runtime/arguments.ts";
import type { HostSignal } from "../runtime/host_types.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Dataset, dataset, type TrainTest } from "./dataset.ts";
import { download, type Fetch, readLocal } from "./download.ts";
import { hostFiles, requireFiles } from "./files.ts";
import { type IdxArray, readIdx } from "./idx.ts";
import { allSettled } from "./settled.ts";

/** Names of MNIST's four files. */
export type MnistFile =
  | "train-images-idx3-ubyte"
  | "train-labels-idx1-ubyte"
  | "t10k-images-idx3-ubyte"
  | "t10k-labels-idx1-ubyte";

/** Options of `mnist()`. */
export interface MnistOptions {
  /** Folder with the four files, raw or gzip; nothing is downloaded then. @default download */
  readonly directory?: string;
  /** Folder that keeps downloads; false keeps none. @default "data/mnist" where there are files */
  readonly cache?: string | false;
  /** Folder on a server, with the last slash. @default a public mirror */
  readonly url?: string;
  /** SHA-256 of the decompressed files of that server. @default those of the originals */
  readonly digests?: Readonly<Record<MnistFile, string>>;
  /** Shape of one input, of as many pixels as an image has. @default [28, 28, 1] */
  readonly inputShape?: Shape;
  /** Replaces the host's `fetch`. @default globalThis.fetch */
  readonly fetch?: Fetch;
  /** Ends a download early. */
  readonly signal?: HostSignal;
}

const NAMES = namesOf<MnistOptions>({
  directory: true,
  cache: true,
  url: true,
  digests: true,
  inputShape: true,
  fetch: true,
  signal: true,
});

const DEFAULT_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/";
const DEFAULT_CACHE = "data/mnist";
const CLASSES = 10;
// Training images take 47,040,016 bytes.
const MAXIMUM_BYTES = 64 * 1024 * 1024;

// Of the files as LeCun, Cortes and Burges published them, decompressed.
const DIGESTS: Readonly<Record<MnistFile, string>> = {
  "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

const FILE_NAMES = new Set(Object.keys(DIGESTS));

/**
 * Loads the MNIST digits: 60,000 training and 10,000 test images, pixels in [0, 1], with class indices.
 *
 * A local folder is read as it is, so that other sets in the same format work too, such as Fashion-MNIST.
 * Downloads are compared with the SHA-256 of the originals before anything is kept or used.
 *
 * @throws {RangeError} when a file is missing, sizes do not match, or a label is above 9.
 * @throws {TypeError} when an option has the wrong type, or a folder is named and the host has no files.
 * @throws {SyntaxError} when a file is corrupt, or a download has another SHA-256.
 * @throws {Error} when the server is not reached or refuses.
 *
 * @example
 * ```ts ignore
 * import { mnist } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * const { train, test } = await mnist({ directory: "data/mnist" });
 * assertEquals([train.size, test.size], [60000, 10000]);
 * ```
 */
export async function mnist(options: MnistOptions = {}): Promise<TrainTest> {
  checkMnistOptions(options);
  const load = options.directory === undefined ? remoteLoader(options) : localLoader(options);
  const [trainImages, trainLabels, testImages, testLabels] = await allSettled(
    (Object.keys(DIGESTS) as MnistFile[]).map(async (name) => readIdx(await load(name), name)),
  );
  const { inputShape } = options;
  return {
    train: pair("training", trainImages, trainLabels, inputShape),
    test: pair("test", testImages, testLabels, inputShape),
  };
}

function checkMnistOptions(options: MnistOptions): void {
  const action = "read MNIST";
  checkOptions(action, options, NAMES);
  const { directory, cache, url, digests, inputShape, fetch, signal } = options;
  for (const [name, value] of Object.entries({ directory, url })) {
    if (value !== undefined) checkString(action, name, value);
  }
  if (cache !== undefined && cache !== false) checkString(action, "cache", cache);
  if (fetch !== undefined) checkFunction(action, "fetch", fetch);
  if (inputShape !== undefined) checkShape(action, inputShape);
  if (signal !== undefined) checkObject(action, "signal", signal);
  if (digests === undefined) return;
  checkNamed(action, "digests", digests, FILE_NAMES);
  for (const name of Object.keys(DIGESTS) as MnistFile[]) {
    checkString(action, `the digest of ${name}`, digests[name]);
  }
}

type Loader = (name: MnistFile) => Promise<Uint8Array<ArrayBuffer>>;

function localLoader(options: MnistOptions): Loader {
  const { directory = "" } = options;
  const files = requireFiles(`read MNIST from "${directory}"`);
  return async (name) => {
    const bytes = await readLocal(files, directory, name, MAXIMUM_BYTES);
    if (bytes) return bytes;
    throw new RangeError(
      `Cannot read MNIST from "${directory}": there is neither ${name} nor ${name}.gz`,
    );
  };
}

function remoteLoader(options: MnistOptions): Loader {
  const { cache = DEFAULT_CACHE, url = DEFAULT_URL, digests = DIGESTS, signal } = options;
  const files = cache === false ? undefined : hostFiles();
  const means = {
    fetch: options.fetch ?? ((address, init): ReturnType<Fetch> => fetch(address, init)),
    maximumBytes: MAXIMUM_BYTES,
    ...(files && cache !== false ? { cache: { files, directory: cache } } : {}),
    ...(signal ? { signal } : {}),
  };
  return (name) => download({ name, url, sha256: digests[name] }, means);
}

function pair(what: string, images: IdxArray, labels: IdxArray, inputShape?: Shape): Dataset {
  if (images.shape.length !== 3 || labels.shape.length !== 1) {
    throw new SyntaxError(
      `Cannot read MNIST: ${what} images have shape ${formatShape(images.shape)} and labels ${
        formatShape(labels.shape)
      }`,
    );
  }
  const natural = [images.shape[1], images.shape[2], 1];
  const shape = inputShape ?? natural;
  if (sizeOf(shape) !== sizeOf(natural)) {
    throw new RangeError(
      `Cannot read MNIST: images of ${formatShape(natural)} do not fill an input of shape ${
        formatShape(shape)
      }`,
    );
  }
  return dataset({
    input: images.data,
    target: labels.data,
    inputShape: shape,
    scale: 1 / 255,
    classes: CLASSES,
  });
}
