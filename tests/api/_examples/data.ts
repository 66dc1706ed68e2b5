// Data sets, batches, files.
import * as api from "../../_support/api.ts";
import { type Scope, tensor, zeros } from "../../../mod.ts";
import type { Example, Examples } from "../_example.ts";

const points = () =>
  api.dataset({
    input: new Float64Array([1, 2, 3, 4]),
    target: [0, 1],
    inputShape: [2],
    classes: 2,
  });

function filling(scope: Scope, source: api.Dataset): Example {
  const input = scope.own(zeros([2, 2]));
  const target = scope.own(zeros([2, ...source.targetShape]));
  return {
    args: [new Uint32Array([0, 1]), input, target],
    call: (...args: Parameters<typeof source.fill>) => source.fill(...args),
    overlapping: { "2": [input.view(target.shape)] },
  };
}

const idx = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]);

export const DATA_EXAMPLES: Examples = {
  "dataset": () => ({
    args: [{
      input: new Float64Array([1, 2, 3, 4]),
      target: [0, 1],
      inputShape: [2],
      targetShape: [],
      scale: 2,
      classes: 2,
      lengths: [2, 1],
    }],
    call: api.dataset,
  }),
  "datasetFromTensors": (scope) => ({
    args: [{
      input: scope.own(tensor([[1, 2], [3, 4]])),
      target: scope.own(tensor([0, 1])),
      lengths: [2, 1],
    }],
    call: api.datasetFromTensors,
  }),
  "Dataset.fill of dataset()": (scope) => filling(scope, points()),
  "Dataset.fill of autoencoding()": (scope) => filling(scope, api.autoencoding(points())),
  "Dataset.fill of subset()": (scope) => {
    const six = api.dataset({ input: [1, 2, 3, 4, 5, 6], target: [0, 1, 1], inputShape: [2] });
    return filling(scope, api.subset(six, 1, 3));
  },
  "autoencoding": () => ({ args: [points()], call: api.autoencoding }),
  "subset": () => ({ args: [points(), 0, 1], call: api.subset }),
  "new Batches": () => ({
    args: [10, { batchSize: 3, seed: 1, shuffle: true, keepRemainder: true }],
    call: (...args: ConstructorParameters<typeof api.Batches>) => new api.Batches(...args),
  }),
  "Batches.position =": () => {
    const batches = new api.Batches(10, { batchSize: 3 });
    return {
      args: [{ epoch: 2, index: 1 }],
      call: (position: api.BatchPosition) => void (batches.position = position),
    };
  },
  "curves": () => ({
    args: [{ seed: 1, train: 2, test: 1, inputShape: [28, 28] }],
    call: api.curves,
    skips: {
      "0": /^(undefined|an empty object|a foreign object)$/,
      "0.train": /^undefined$/,
      "0.test": /^undefined$/,
    },
  }),
  "readIdx": () => ({ args: [idx, "digits"], call: api.readIdx }),
  "readNpy": (scope) => ({
    args: [api.writeNpy(scope.own(tensor([1, 2]))), "weights"],
    call: api.readNpy,
  }),
  "writeNpy": (scope) => ({ args: [scope.own(tensor([1, 2]))], call: api.writeNpy }),
  "cifar10": () => ({
    args: [{ directory: "no such folder" }],
    call: api.cifar10,
    failsAnyway: true,
  }),
  "mnist": () => ({
    args: [{
      cache: false,
      url: "https://example.org/",
      digests: {
        "train-images-idx3-ubyte": "",
        "train-labels-idx1-ubyte": "",
        "t10k-images-idx3-ubyte": "",
        "t10k-labels-idx1-ubyte": "",
      },
      inputShape: [784],
      fetch: () => Promise.reject(new Error("there is no network here")),
      signal: new AbortController().signal,
    }],
    call: api.mnist,
    skips: { "0": /^(undefined|an empty object|a foreign object)$/, "0.fetch": /^undefined$/ },
    failsAnyway: true,
  }),
};
