import { zeros } from "../../../mod.ts";
import { mnist, type TrainTest } from "../../../data.ts";
import { equal, rejects } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { gzip } from "../_gzip.ts";
import { withFolder } from "./_folder.ts";
import { smallMnist } from "./_small_mnist.ts";

function checkSmall({ train, test }: TrainTest): void {
  equal([train.size, test.size, train.inputShape], [3, 2, [2, 2, 1]]);
  using input = zeros([1, 2, 2, 1]);
  using target = zeros([1]);
  train.fill([0], input, target);
  equal([...input.data].map((value) => Math.round(255 * value)), [0, 51, 102, 153]);
  equal([...target.data], [9]);
}

test("mnist() reads a folder of raw files", () =>
  withFolder(smallMnist(), async (directory) => checkSmall(await mnist({ directory }))));

test("mnist() reads a folder of gzip files", async () => {
  const packed: Record<string, Uint8Array> = {};
  for (const [name, bytes] of Object.entries(smallMnist())) {
    packed[`${name}.gz`] = await gzip(bytes);
  }
  await withFolder(packed, async (directory) => checkSmall(await mnist({ directory })));
});

test("mnist() gives inputs another shape of as many pixels", () =>
  withFolder(smallMnist(), async (directory) => {
    equal((await mnist({ directory, inputShape: [4] })).test.inputShape, [4]);
    await rejects(() => mnist({ directory, inputShape: [5] }), RangeError, /do not fill .*\(5\)/);
  }));

test("mnist() says which file is missing where", () =>
  withFolder({}, async (directory) => {
    await rejects(
      () => mnist({ directory }),
      RangeError,
      /there is neither train-images/,
    );
    await rejects(
      () => mnist({ directory: `${directory}/none` }),
      RangeError,
      /none": there is neither train-im/,
    );
  }));

test("mnist() refuses files that are damaged or do not belong together", async () => {
  const refused = async (
    changes: Record<string, Uint8Array>,
    kind: typeof RangeError | typeof SyntaxError,
    pattern: RegExp,
  ): Promise<void> =>
    await withFolder({ ...smallMnist(), ...changes }, async (directory) => {
      await rejects(() => mnist({ directory }), kind, pattern);
    });
  const files = smallMnist();
  const images = files["train-images-idx3-ubyte"];
  const labels = files["train-labels-idx1-ubyte"];
  const eleventh = labels.slice();
  eleventh[9] = 10;
  const packed = await gzip(images);
  const damaged = packed.slice(0, -5);
  await refused({ "train-images-idx3-ubyte": images.slice(0, -1) }, SyntaxError, /train-images/);
  await refused({ "train-images-idx3-ubyte": damaged }, SyntaxError, /corrupt or truncated/);
  await refused({ "train-images-idx3-ubyte": labels }, SyntaxError, /training images have shape/);
  await refused({ "train-labels-idx1-ubyte": eleventh }, RangeError, /target 10 of sample 1/);
  await refused(
    { "train-labels-idx1-ubyte": files["t10k-labels-idx1-ubyte"] },
    RangeError,
    /3 inputs but 2 targets/,
  );
});
