import { zeros } from "../../../mod.ts";
import { cifar10 } from "../../../data.ts";
import { equal, rejects } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { gzip } from "../_gzip.ts";
import { withFolder } from "./_folder.ts";

const PLANE = 32 * 32;

/** A record whose red, green and blue are 1, 2 and 3 times the pixel number, modulo 256. */
function record(label: number): number[] {
  const plane = (times: number) => Array.from({ length: PLANE }, (_, i) => (times * i) % 256);
  return [label, ...plane(1), ...plane(2), ...plane(3)];
}

const batch = (...labels: number[]) => new Uint8Array(labels.flatMap(record));

test("cifar10() turns planes into pixels and takes the batches that are there, in order", async () => {
  const files = {
    "data_batch_1.bin": batch(3),
    "data_batch_4.bin.gz": await gzip(batch(9, 0)),
    "test_batch.bin": batch(5),
  };
  await withFolder(files, async (directory) => {
    const { train, test } = await cifar10({ directory });
    equal([train.size, test.size, train.inputShape], [3, 1, [32, 32, 3]]);
    using input = zeros([3, 32, 32, 3]);
    using target = zeros([3]);
    train.fill([0, 1, 2], input, target);
    equal([...target.data], [3, 9, 0]);
    const pixel = [...input.data.subarray(3 * PLANE + 3 * 100, 3 * PLANE + 3 * 101)];
    equal(pixel.map((value) => Math.round(255 * value)), [100, 200, 300 % 256]);
  });
});

test("cifar10() refuses missing batches, broken records and unknown labels", async () => {
  const refused = async (
    files: Record<string, Uint8Array>,
    kind: typeof RangeError | typeof SyntaxError,
    pattern: RegExp,
  ): Promise<void> =>
    await withFolder(files, async (directory) => {
      await rejects(() => cifar10({ directory }), kind, pattern);
    });
  const [one, cut] = [batch(1), batch(1).slice(1)];
  await refused({}, RangeError, /there is no test_batch.bin/);
  await refused({ "test_batch.bin": one }, RangeError, /there is no data_batch_1.bin/);
  await refused({ "test_batch.bin": cut }, SyntaxError, /test_batch.bin: 3072 bytes/);
  await refused({ "test_batch.bin": new Uint8Array(0) }, SyntaxError, /0 bytes/);
  await refused(
    { "test_batch.bin": one, "data_batch_2.bin": batch(1, 10) },
    RangeError,
    /target 10 of sample 1/,
  );
});
