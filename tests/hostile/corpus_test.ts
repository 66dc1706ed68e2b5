// Files of strangers: all are refused with typed errors, and nothing changes.
import { load } from "../../mod.ts";
import { elementsOf, readTensorFile } from "../../src/train/safetensors/read.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { survived } from "../_support/survived.ts";
import {
  checkpointFile,
  refusedByLoad,
  refusedByRestore,
  resealed,
  targetModel,
  weightsFile,
  withHeader,
} from "./_target.ts";
import { weightsCorpus } from "./_weights_corpus.ts";

test("load() refuses every file of the corpus and changes nothing", () => {
  const corpus = weightsCorpus();
  for (const [name, file] of corpus) refusedByLoad(name, file);
  survived(corpus.size, "hostile files of weights");
});

/** Changes of a checkpoint's header whose digest is made to fit again. */
const RESEALED: Readonly<Record<string, (header: string) => string>> = {
  "another version": (header) => header.replace(/"library":"[^"]*"/, `"library":"9.9.9"`),
  "other kernels": (header) => header.replace(/"kernels":"./, `"kernels":"x`),
  "another model": (header) => header.replace(`\\"float32\\"`, `\\"float64\\"`),
  "another optimizer": (header) => header.replace(`\\"sgd\\"`, `\\"adam\\"`),
  "another loss": (header) => header.replace(`"loss":"{}"`, `"loss":"{\\"name\\":\\"welsch\\"}"`),
  "other data": (header) => header.replace(`"data":"{}"`, `"data":"{\\"samples\\":3}"`),
  "data that are no JSON": (header) => header.replace(`"data":"{}"`, `"data":"{"`),
  "data that are no settings": (header) => header.replace(`"data":"{}"`, `"data":"[]"`),
  "data under the prototype's name": (header) =>
    header.replace(`"data":"{}"`, `"data":"{\\"__proto__\\":{\\"polluted\\":1}}"`),
  "settings a hundred thousand levels deep": (header) =>
    header.replace(`"data":"{}"`, `"data":"{\\"a\\":${"[".repeat(1e5)}${"]".repeat(1e5)}}"`),
  "a loss as long as a book": (header) =>
    header.replace(`"loss":"{}"`, `"loss":"{\\"name\\":\\"${"x".repeat(1e5)}\\"}"`),
  "a kind of format that is none": (header) =>
    header.replace(`"checkpoint":"2"`, `"checkpoint":""`),
  "a later format": (header) => header.replace(`"checkpoint":"2"`, `"checkpoint":"3"`),
  "no version": (header) => header.replace(`"library"`, `"librarx"`),
  "no model": (header) => header.replace(`"model"`, `"__proto__"`),
  "no step": (header) => header.replace(`"step"`, `"stop"`),
  "a step below zero": (header) => header.replace(`"step":"0"`, `"step":"-1"`),
  "a step in parts": (header) => header.replace(`"step":"0"`, `"step":"0.5"`),
  "a step in powers": (header) => header.replace(`"step":"0"`, `"step":"1e3"`),
  "a step beyond 2^53": (header) => header.replace(`"step":"0"`, `"step":"9007199254740993"`),
  "a step that is empty": (header) => header.replace(`"step":"0"`, `"step":""`),
  "an epoch that is no number": (header) => header.replace(`"epoch":"0"`, `"epoch":"x"`),
  "another tensor": (header) => header.replace(`"state.momentum"`, `"state.nonsense"`),
  "a tensor of the prototype": (header) => header.replace(`"state.momentum"`, `"__proto__"`),
  "a number with elements": (header) => header.replace(`"state.momentum"`, `"number.momentum"`),
  "another shape": (header) => header.replaceAll(`"shape":[3]`, `"shape":[1,3]`),
};

test("restore() refuses foreign and senseless checkpoints, sealed as ours are", async () => {
  const file = await checkpointFile();
  for (const [name, change] of Object.entries(RESEALED)) {
    const changed = await resealed(file, change);
    ok(String(changed) !== String(file), `${name}: nothing was changed`);
    await refusedByRestore(name, changed);
  }
  const nan = new Uint8Array(new Float32Array([1, 2, 3, 4, NaN, 6]).buffer);
  await refusedByRestore("NaN in the state", await resealed(file, (header) => header, nan));
  survived(Object.keys(RESEALED).length + 1, "foreign checkpoints with a digest that fits");
});

test("restore() compares the digest strictly", async () => {
  const file = await checkpointFile();
  const digest = (change: (hex: string) => string): Uint8Array =>
    withHeader(
      file,
      (header) => header.replace(/(?<="sha256":")[0-9a-f]{64}/, (hex) => change(hex)),
    );
  await refusedByRestore("upper case", digest((hex) => hex.toUpperCase()));
  await refusedByRestore(
    "escaped",
    digest((hex) => `\\u00${hex.charCodeAt(0).toString(16)}${hex.slice(1)}`),
  );
  await refusedByRestore("shorter", digest((hex) => hex.slice(1)));
  await refusedByRestore("longer", digest((hex) => `${hex}0`));
  await refusedByRestore("empty", digest(() => ""));
  await refusedByRestore("of zeros", digest(() => "0".repeat(64)));
});

test("metadata with the names of object properties is harmless", () => {
  const keys = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];
  const metadata = keys.map((key) => `"${key}":"polluted"`).join();
  const file = withHeader(
    weightsFile(),
    (header) => header.replace(`"format":"pt"`, metadata),
  );
  using model = targetModel();
  const before = [...model.parameters.data];
  load(model, file);
  equal([...model.parameters.data], before);
  equal([...readTensorFile(file).metadata.keys()], keys);
  equal(({} as { polluted?: unknown }).polluted, undefined);
  equal(Object.prototype.toString.call({}), "[object Object]");
});

test("a file with a tensor of no elements and one without axes is sound", () => {
  const header = `{"none":{"dtype":"F64","shape":[0,7],"data_offsets":[0,0]},` +
    `"one":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`;
  const file = withHeader(weightsFile(), () => header, new Uint8Array([0, 0, 128, 63]));
  const { tensors } = readTensorFile(file);
  equal([...tensors.values()].map((stored) => [...elementsOf(stored)]), [[], [1]]);
});
