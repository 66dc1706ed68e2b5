import {
  dense,
  type DType,
  load,
  lstm,
  type Model,
  NonFiniteError,
  relu,
  save,
  sequential,
  tanh,
} from "../../mod.ts";
import { CheckpointFormatError, CheckpointMismatchError } from "../../checkpoint.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { tensorFile } from "./_tensor_file.ts";

const DTYPES: readonly DType[] = ["float32", "float64"];
const NEGATIVE_ZERO_AND_SUBNORMAL = [-0, 1e-45];

function small(seed: number, dtype: DType = "float32"): Model {
  return sequential({ input: [3], seed, dtype }, [dense(2), tanh(), dense(1, { bias: false })]);
}

/** What `torch.nn.Sequential(Linear(2, 2), ReLU(), Linear(2, 1)).state_dict()` looks like in a file. */
function pytorchFile(): Uint8Array {
  return tensorFile(
    `{"__metadata__":{"format":"pt"},` +
      `"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},` +
      `"0.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]},` +
      `"2.bias":{"dtype":"F32","shape":[1],"data_offsets":[24,28]},` +
      `"2.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[28,36]}}`,
    new Uint8Array(new Float32Array([10, 20, 1, 2, 3, 4, 30, 5, 6]).buffer),
  );
}

test("load() puts PyTorch's weight (out, in) and bias (out) into W = [weight | bias]", () => {
  using model = sequential({ input: [2] }, [dense(2), relu(), dense(1)]);
  load(model, pytorchFile());
  equal([...model.parameters.data], [1, 2, 10, 3, 4, 20, 5, 6, 30]);
});

test("save() writes the bytes of PyTorch's own writer", () => {
  using model = sequential({ input: [2] }, [dense(2), relu(), dense(1)]);
  load(model, pytorchFile());
  equal([...save(model)], [...pytorchFile()]);
});

test("an LSTM is stored as torch.nn.LSTM has it, gates i, f, g, o, its two biases added up", () => {
  using model = sequential({ input: [4, 2] }, [lstm(1)]);
  const [columns, rows] = [2 + 1 + 1, 4];
  const arrays = `"0.bias_hh_l0":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},` +
    `"0.bias_ih_l0":{"dtype":"F32","shape":[4],"data_offsets":[16,32]},` +
    `"0.weight_hh_l0":{"dtype":"F32","shape":[4,1],"data_offsets":[32,48]},` +
    `"0.weight_ih_l0":{"dtype":"F32","shape":[4,2],"data_offsets":[48,80]}`;
  const file = (biases: number[]): Uint8Array =>
    tensorFile(
      `{"__metadata__":{"format":"pt"},${arrays}}`,
      new Uint8Array(new Float32Array([...biases, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8]).buffer),
    );
  load(model, file([0.5, 0, 0, -1, 10, 20, 30, 40]));
  const bias = [10.5, 20, 30, 39];
  const expected = bias.flatMap((b, r) => [2 * r + 1, 2 * r + 2, r + 9, b]);
  equal([...model.parameters.data], expected);
  equal(expected.length, rows * columns);
  equal([...save(model)], [...file([-0, -0, -0, -0, ...bias])]);
});

for (const dtype of DTYPES) {
  test(`load() takes back what save() wrote, to the bit, ${dtype}`, () => {
    using trained = small(1, dtype);
    using fresh = small(2, dtype);
    trained.parameters.data.set(NEGATIVE_ZERO_AND_SUBNORMAL);
    const version = fresh.version;
    load(fresh, save(trained));
    equal(fresh.version, version + 1);
    const same = trained.parameters.data.every((value, i) =>
      Object.is(value, fresh.parameters.data[i])
    );
    equal(same, true);
  });
}

test("save() gives equal models equal bytes", () => {
  using a = small(1);
  using b = small(1);
  equal([...save(a)], [...save(b)]);
});

test("load() reads a file that is not aligned in its buffer", () => {
  using model = small(1);
  const bytes = save(model);
  const shifted = new Uint8Array(bytes.length + 3).subarray(3);
  shifted.set(bytes);
  load(model, shifted);
  equal([...save(model)], [...bytes]);
});

test("load() refuses weights of another model and leaves everything as it was", () => {
  using model = small(1);
  using wider = sequential({ input: [4] }, [dense(2), tanh(), dense(1, { bias: false })]);
  using deeper = sequential({ input: [3] }, [dense(2), tanh(), dense(1), dense(1)]);
  using shallower = sequential({ input: [3] }, [dense(2)]);
  using precise = small(1, "float64");
  using moved = sequential({ input: [3] }, [tanh(), dense(2), dense(1, { bias: false })]);
  const [before, version] = [[...model.parameters.data], model.version];
  const refusals: [Model, RegExp][] = [
    [wider, /"0.weight" has shape \(2, 4\), the model's has \(2, 3\)/],
    [deeper, /"2.bias" is not in the model/],
    [shallower, /"2.weight" is missing/],
    [precise, /"0.bias" is float64, the model float32|"0.weight" is float64, the model float32/],
    [moved, /"1.bias" is not in the model|"1.weight" is not in the model/],
  ];
  for (const [other, pattern] of refusals) {
    throws(() => load(model, save(other)), CheckpointMismatchError, pattern);
  }
  equal([[...model.parameters.data], model.version], [before, version]);
});

test("load() and save() refuse what is not finite, by its name", () => {
  using model = sequential({ input: [2] }, [dense(2), relu(), dense(1)]);
  const bytes = pytorchFile();
  new DataView(bytes.buffer).setFloat32(bytes.length - 4, Infinity, true);
  const before = [...model.parameters.data];
  throws(() => load(model, bytes), NonFiniteError, /tensor "2.weight" is not finite/);
  equal([...model.parameters.data], before);
  model.parameters.data[2] = NaN;
  throws(() => save(model), NonFiniteError, /tensor "0.bias" is not finite/);
});

test("load() refuses what is no array of bytes of its own", () => {
  using model = small(1);
  throws(() => load(model, "bytes" as unknown as Uint8Array), TypeError, /Uint8Array/);
  throws(() => load(model, new Uint8Array(0)), CheckpointFormatError, /length of the header/);
  throws(() => load(model, new Uint8Array(new SharedArrayBuffer(99))), TypeError, /shared memory/);
});
