// Layers whose arrays are no plain [weight | bias]: permuted columns, two biases, members of members.
import {
  concatenation,
  dense,
  type Layer,
  load,
  type Model,
  residual,
  save,
  sequential,
  tanh,
} from "../../mod.ts";
import type { StoredArray } from "../../layers.ts";
import { elementsOf, readTensorFile } from "../../src/train/safetensors/read.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const UNITS = 2;

/** A dense layer of two inputs that files keep in these arrays. */
function storedAs(arrays: readonly StoredArray[]): Layer {
  const layer = dense(UNITS);
  return { ...layer, sites: (input) => layer.sites(input).map((site) => ({ ...site, arrays })) };
}

function modelOf(layer: Layer): Model {
  const model = sequential({ input: [2] }, [layer]);
  model.parameters.data.set([1, 2, 10, 3, 4, -0]);
  return model;
}

function contentOf(file: Uint8Array): [string, number[]][] {
  return [...readTensorFile(file).tensors].map(([name, stored]) => [name, [...elementsOf(stored)]]);
}

test("an array may hold the columns of W in another order", () => {
  const weight = { name: "weight", shape: [UNITS, 1, 2], column: (index: number) => 1 - index };
  const bias = { name: "bias", shape: [UNITS], column: () => 2 };
  using model = modelOf(storedAs([weight, bias]));
  const file = save(model);
  equal(contentOf(file), [["0.bias", [10, -0]], ["0.weight", [2, 1, 4, 3]]]);
  using same = sequential({ input: [2], seed: 9 }, [storedAs([weight, bias])]);
  load(same, file);
  equal([...same.parameters.data], [...model.parameters.data]);
});

test("arrays that share a column are added, and the first one holds all that is written", () => {
  const weight = { name: "weight", shape: [UNITS, 2], column: (index: number) => index };
  const biases = ["bias_ih", "bias_hh"].map((name) => ({
    name,
    shape: [UNITS],
    column: () => 2,
  }));
  using model = modelOf(storedAs([weight, ...biases]));
  const file = save(model);
  equal(contentOf(file).slice(0, 2), [["0.bias_hh", [-0, -0]], ["0.bias_ih", [10, -0]]]);
  load(model, file);
  equal(Object.is(model.parameters.data[5], -0), true);
  const floats = new Float32Array(file.slice(file.length - 8 * 4).buffer);
  floats.set([1, 2]); // bias_hh, which comes first
  new Uint8Array(file.buffer).set(new Uint8Array(floats.buffer), file.length - 8 * 4);
  load(model, file);
  equal([...model.parameters.data], [1, 2, 11, 3, 4, 2]);
});

test("members of composite layers are named by their places", () => {
  using model = sequential({ input: [3] }, [
    tanh(),
    residual([dense(3), tanh(), dense(3, { bias: false })]),
    concatenation([[], [tanh(), dense(2, { bias: false })]]),
    dense(1),
  ]);
  equal(model.sites.flatMap(({ arrays }) => arrays.map(({ name }) => name)), [
    "1.branch.0.weight",
    "1.branch.0.bias",
    "1.branch.2.weight",
    "2.branches.1.1.weight",
    "3.weight",
    "3.bias",
  ]);
});
