// The published files, where somebody has put them; their bytes are no part of the project.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { zeros } from "../../../mod.ts";
import { cifar10, mnist } from "../../../data.ts";
import { equal } from "../../_support/assert.ts";
import { skip, test } from "../../_support/harness.ts";
import { namesIn } from "./_folder.ts";

const shared = new URL("../../../../shared/data/", import.meta.url).pathname;
const MNIST = process.env.CURVATURE_MNIST ?? `${shared}mnist`;
const CIFAR10 = process.env.CURVATURE_CIFAR10 ?? `${shared}cifar10`;

function testWith(path: string, variable: string, name: string, body: () => Promise<void>): void {
  if (existsSync(path)) test(name, body);
  else skip(name, `${variable} names no folder`);
}

testWith(MNIST, "CURVATURE_MNIST", "mnist() reads and verifies the published files", async () => {
  const serve = async (url: string): Promise<Response> => {
    const name = url.slice(url.lastIndexOf("/") + 1);
    const packed = (await namesIn(MNIST)).includes(name);
    return new Response(
      new Uint8Array(await readFile(`${MNIST}/${packed ? name : name.slice(0, -3)}`)),
    );
  };
  const { train, test } = await mnist({ cache: false, fetch: serve });
  equal([train.size, test.size, train.inputShape], [60_000, 10_000, [28, 28, 1]]);
  using input = zeros([10, 28, 28, 1]);
  using target = zeros([10]);
  train.fill([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], input, target);
  equal([...target.data], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
});

testWith(CIFAR10, "CURVATURE_CIFAR10", "cifar10() reads binary batches", async () => {
  const { train, test } = await cifar10({ directory: CIFAR10 });
  equal([train.size % 1000, test.size % 1000, train.inputShape], [0, 0, [32, 32, 3]]);
});
