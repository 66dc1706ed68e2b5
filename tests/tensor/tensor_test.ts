import { digest, DisposedError, tensor, zeros } from "../../mod.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

test("tensor() reads nested arrays in row-major order", () => {
  const t = tensor([[[1, 2]], [[3, 4]]]);
  equal(t.shape, [2, 1, 2]);
  equal(t.toArray(), [[[1, 2]], [[3, 4]]]);
  t.dispose();
});

test("tensor() refuses ragged arrays, strings, wrong shapes and unknown dtypes", () => {
  throws(() => tensor([[1, 2], [3]]), TypeError, /equal lengths/);
  throws(() => tensor(["1"] as unknown as number[]), TypeError, /must be a number, not "1"/);
  throws(() => tensor([1, 2, 3], { shape: [2, 2] }), TypeError, /shape \(2, 2\)/);
  throws(() => zeros([2], { dtype: "int8" as "float32" }), TypeError, /dtype/);
  throws(() => zeros([-1]), RangeError, /not negative/);
  throws(() => zeros([1.5]), RangeError, /whole/);
  throws(() => zeros("3" as unknown as number[]), TypeError, /array of sizes/);
});

test("data stays live when memory grows", () => {
  const t = tensor([1, 2, 3], { dtype: "float64" });
  t.data[0] = 7;
  const large = zeros([4_000_000]);
  equal([...t.data], [7, 2, 3]);
  large.dispose();
  t.dispose();
});

test("a disposed tensor and a view into it are refused, a second dispose is harmless", () => {
  const t = zeros([4]);
  const view = t.view([2, 2]);
  t.dispose();
  t.dispose();
  throws(() => t.data, DisposedError, /disposed/);
  throws(() => view.pointer, DisposedError, /disposed/);
});

test("view() shares memory and refuses to reach outside", () => {
  const t = tensor([1, 2, 3, 4, 5, 6]);
  const view = t.view([2, 2], 2);
  view.data[0] = 30;
  equal([...t.data], [1, 2, 30, 4, 5, 6]);
  throws(() => t.view([4], 3), RangeError, /out of range/);
  t.dispose();
});

test("digest() depends on every bit and refuses NaN", async () => {
  const t = tensor([1, -0, 2]);
  const first = await digest(t);
  t.data[1] = 0;
  equal(await digest(t) === first, false);
  t.data[0] = NaN;
  throws(() => digest(t), RangeError, /NaN/);
  t.dispose();
});
