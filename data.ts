/**
 * Data sets: readers, downloads, batches and views.
 *
 * @module
 */
export { autoencoding, subset } from "./src/data/views.ts";
export { Batches } from "./src/data/batches.ts";
export type { BatchesOptions, BatchPosition } from "./src/data/batches.ts";
export { cifar10 } from "./src/data/cifar10.ts";
export type { Cifar10Options } from "./src/data/cifar10.ts";
export { curves } from "./src/data/curves.ts";
export type { CurvesOptions } from "./src/data/curves.ts";
export { dataset, datasetFromTensors } from "./src/data/dataset.ts";
export type { Dataset, DatasetOptions, TrainTest } from "./src/data/dataset.ts";
export type { ByteReader, ByteStream } from "./src/data/bytes.ts";
export type { Fetch, FetchedFile } from "./src/data/download.ts";
export { readIdx } from "./src/data/idx.ts";
export type { IdxArray, IdxData } from "./src/data/idx.ts";
export { mnist } from "./src/data/mnist.ts";
export type { MnistFile, MnistOptions } from "./src/data/mnist.ts";
export { readNpy, writeNpy } from "./src/data/npy.ts";
