import { dataset, NonFiniteError, tensor, zeros } from "../../mod.ts";
import { autoencoding, datasetFromTensors, subset } from "../../data.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const pixels = new Uint8Array([0, 255, 51, 102, 255, 0]);
const labels = new Uint8Array([2, 0, 1]);
const images = dataset({ input: pixels, target: labels, inputShape: [2], scale: 1 / 255 });

test("dataset() scales bytes as they enter the batch, 255 to exactly 1", () => {
  using input = zeros([3, 2]);
  using target = zeros([3]);
  images.fill([2, 0, 0], input, target);
  equal(input.toArray(), [[1, 0], [0, 1], [0, 1]]);
  equal(target.toArray(), [1, 2, 2]);
});

test("dataset() keeps float64 precision for a float64 batch", () => {
  const made = dataset({ input: [0.1], target: [0.3], inputShape: [1], targetShape: [1] });
  using input = zeros([1, 1], { dtype: "float64" });
  using target = zeros([1, 1], { dtype: "float64" });
  made.fill([0], input, target);
  equal([input.data[0], target.data[0]], [0.1, 0.3]);
});

test("dataset() refuses lengths, numbers and classes that cannot be meant", () => {
  const make = (changes: object) => () =>
    dataset({ input: [1, 2, 3, 4], target: [0, 1], inputShape: [2], ...changes });
  throws(make({ input: [1, 2, 3] }), RangeError, /not samples of shape \(2\)/);
  throws(make({ input: [] }), RangeError, /not samples/);
  throws(make({ inputShape: [0] }), RangeError, /not samples/);
  throws(make({ target: [0, 1, 1] }), RangeError, /2 inputs but 3 targets/);
  throws(make({ target: [0, 1.5] }), RangeError, /sample 1 is not a class index/);
  throws(make({ target: [0, -1] }), RangeError, /not a class index/);
  throws(make({ classes: 1 }), RangeError, /not a class index below 1/);
  throws(make({ input: [1, 2, NaN, 4] }), NonFiniteError, /input number 2/);
  throws(make({ input: ["1", 2, 3, 4] }), TypeError, /input number 0 .* not "1"/);
  throws(make({ input: "1234" }), TypeError, /array or typed array/);
  throws(make({ input: new BigInt64Array(4) }), TypeError, /not a bigint/);
  throws(make({ inputShape: 2 }), TypeError, /array of sizes/);
  throws(make({ scale: Infinity }), RangeError, /scale/);
});

test("fill() checks everything before it writes anything", () => {
  using input = zeros([2, 2]);
  using target = zeros([2]);
  using wrong = zeros([2, 1]);
  throws(() => images.fill([1, 3], input, target), RangeError, /row 3 is not one of 3/);
  throws(() => images.fill([1, -1], input, target), RangeError, /row -1/);
  throws(() => images.fill([1, 0.5], input, target), RangeError, /row 0.5/);
  throws(() => images.fill([1, 2], input, wrong), TypeError, /target tensor has shape \(2, 1\)/);
  throws(() => images.fill([1], input, target), TypeError, /input tensor has shape \(2, 2\)/);
  equal([...input.data, ...target.data], [0, 0, 0, 0, 0, 0]);
});

test("datasetFromTensors() reads the tensors live and after memory grew", () => {
  using input = tensor([[1, 2], [3, 4]]);
  using target = tensor([[5], [6]]);
  const made = datasetFromTensors({ input, target });
  using large = zeros([4_000_000]);
  equal(large.size, 4_000_000);
  input.data[2] = 30;
  using batch = zeros([1, 2]);
  using batchTarget = zeros([1, 1], { dtype: "float64" });
  made.fill([1], batch, batchTarget);
  equal([...batch.data, ...batchTarget.data], [30, 4, 6]);
});

test("datasetFromTensors() refuses unequal counts, no samples and fractional classes", () => {
  using input = tensor([[1, 2], [3, 4]]);
  using three = tensor([[1], [2], [3]]);
  using empty = zeros([0, 2]);
  using scalar = zeros([]);
  using fractional = tensor([0, 0.5]);
  throws(() => datasetFromTensors({ input, target: three }), RangeError, /2 inputs but 3/);
  throws(() => datasetFromTensors({ input: empty, target: empty }), RangeError, /no samples/);
  throws(() => datasetFromTensors({ input: scalar, target: scalar }), RangeError, /no samples/);
  throws(() => datasetFromTensors({ input, target: fractional }), RangeError, /class index/);
});

test("autoencoding() has the inputs as targets", () => {
  const made = autoencoding(images);
  using input = zeros([2, 2]);
  using target = zeros([2, 2]);
  made.fill([0, 2], input, target);
  equal(made.targetShape, [2]);
  equal(target.toArray(), input.toArray());
  throws(() => made.fill([0, 3], input, target), RangeError, /row 3/);
});

test("subset() renumbers and refuses rows of the rest", () => {
  const last = subset(images, 1, 3);
  using input = zeros([1, 2]);
  using target = zeros([1]);
  last.fill([1], input, target);
  equal([last.size, ...input.data, ...target.data], [2, 1, 0, 1]);
  throws(() => last.fill([2], input, target), RangeError, /row 2 is not one of 2/);
  throws(() => subset(images, 2, 2), RangeError, /to must be whole, from 3 to 3/);
  throws(() => subset(images, 0, 4), RangeError, /to must be whole, from 1 to 3/);
  throws(() => subset(images, 0.5, 2), RangeError, /from must be whole/);
});

test("fill() refuses an array that was detached, as views of kernel memory are when it grows", () => {
  const values = new Float32Array([1, 2]);
  const made = dataset({ input: values, target: [0, 1], inputShape: [1] });
  structuredClone(values.buffer, { transfer: [values.buffer] });
  using input = zeros([1, 1]);
  using target = zeros([1]);
  throws(() => made.fill([1], input, target), TypeError, /datasetFromTensors/);
});

test("a batch holds the scaled numbers of its rows, rounded once, however wide they are and whatever holds them", () => {
  const [samples, rows, scale] = [5, [4, 0, 3, 3], 1 / 255];
  const makers = [
    (count: number) => Uint8Array.from({ length: count }, (_, i) => 31 * i),
    (count: number) => Float32Array.from({ length: count }, (_, i) => i / 7),
    (count: number) => Float64Array.from({ length: count }, (_, i) => i / 7),
    (count: number) => Array.from({ length: count }, (_, i) => i / 7),
  ];
  for (const dtype of ["float32", "float64"] as const) {
    for (const width of [1, 2, 3, 5, 7, 17, 95, 96, 97, 113]) {
      for (const make of makers) {
        const input = make(samples * width);
        const data = dataset({
          input,
          target: new Array(samples).fill(0),
          inputShape: [width],
          scale,
        });
        using batch = zeros([rows.length, width], { dtype });
        data.fill(rows, batch);
        const expected = zeros([rows.length, width], { dtype });
        rows.forEach((row, i) => {
          for (let k = 0; k < width; k++) {
            expected.data[i * width + k] = input[row * width + k] * scale;
          }
        });
        equal(
          [...batch.data],
          [...expected.data],
          `${width} of ${input.constructor.name}, ${dtype}`,
        );
        expected.dispose();
      }
    }
  }
});

test("a batch of tensors takes rows of any width, to its own dtype", () => {
  const rows = [2, 0, 2];
  for (const from of ["float32", "float64"] as const) {
    for (const to of ["float32", "float64"] as const) {
      for (const width of [1, 2, 3, 5, 7, 17]) {
        const values = Array.from({ length: 3 * width }, (_, i) => i / 7);
        using input = tensor(values, { dtype: from, shape: [3, width] });
        using target = zeros([3]);
        using batch = zeros([rows.length, width], { dtype: to });
        datasetFromTensors({ input, target }).fill(rows, batch);
        const expected = rows.flatMap((
          row,
        ) => [...input.data.slice(row * width, (row + 1) * width)]);
        using rounded = tensor(expected, { dtype: to });
        equal([...batch.data], [...rounded.data], `${width} of ${from} to ${to}`);
      }
    }
  }
});
