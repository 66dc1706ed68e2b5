import { Buffer } from "node:buffer";
import { crc32, inflateSync } from "node:zlib";
import { digest, zeros } from "../../../mod.ts";
import { digits } from "../../../src/cli/digits.ts";
import { autoencoder } from "../../../src/cli/experiment.ts";
import { originals, reconstruct } from "../../../src/cli/images.ts";
import { pngAddress } from "../../../src/cli/report/png.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { smallExperiment } from "./_small.ts";

test("pngAddress() holds every byte, in chunks whose checks are right", async () => {
  const rows = [Uint8Array.of(0, 128, 255), Uint8Array.of(1, 2, 3)];
  const file = Buffer.from(
    (await pngAddress(rows)).replace("data:image/png;base64,", ""),
    "base64",
  );
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const named = file.subarray(at + 4, at + 8 + length);
    equal(file.readUInt32BE(at + 8 + length), crc32(named), "CRC");
    chunks.set(String(named.subarray(0, 4)), named.subarray(4));
    at += 12 + length;
  }
  equal([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
  equal([...chunks.get("IHDR") ?? []], [0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
  equal([...inflateSync(chunks.get("IDAT") ?? new Uint8Array())], [0, 0, 128, 255, 0, 1, 2, 3]);
});

test("reconstructions are as many images as originals, through the sigmoid that the loss has", () => {
  const experiment = smallExperiment();
  using model = autoencoder(experiment.widths, 1);
  model.parameters.data.fill(0);
  model.parametersChanged();
  const [before, after] = [originals(experiment), reconstruct(model, experiment)];
  equal(after.length, before.length);
  ok(after.every((byte) => byte === 128), "logits of 0 are grey");
});

test("digits() draws the same images for the same seed, others for another and for tests", async () => {
  const pixels = async (seed: number, part: "train" | "test"): Promise<string> => {
    using input = zeros([20, 784]);
    digits({ seed, train: 20, test: 20 })[part].fill([...Array(20).keys()], input);
    ok(input.data.every((x) => x >= 0 && x <= 1), "brightness");
    return await digest(input);
  };
  equal(await pixels(1, "train"), await pixels(1, "train"));
  equal(
    new Set([await pixels(1, "train"), await pixels(2, "train"), await pixels(1, "test")]).size,
    3,
  );
});
