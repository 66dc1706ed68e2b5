import { type Dataset, zeros } from "../../mod.ts";
import { curves } from "../../data.ts";
import { drawParabola, SIDE } from "../../src/data/stroke.ts";
import { sha256 } from "../../src/tensor/digest.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

/** The bytes of the first images, as they were drawn. */
function firstImages(data: Dataset, count: number): Uint8Array<ArrayBuffer> {
  using input = zeros([count, SIDE * SIDE]);
  data.fill(Array.from({ length: count }, (_, row) => row), input);
  return Uint8Array.from(input.data, (value) => Math.round(255 * value));
}

test("curves() draws the same bits everywhere", async () => {
  const { train, test } = curves({ seed: 1, train: 100, test: 100 });
  const digests = [await sha256(firstImages(train, 100)), await sha256(firstImages(test, 100))];
  equal(digests.map((digest) => digest.slice(0, 16)), ["b0f5a6ac94acd05a", "a0052efb98b5e34e"]);
});

test("curves() of a smaller set are the beginning of a larger one", () => {
  const few = curves({ seed: 2, train: 3, test: 2 });
  const many = curves({ seed: 2, train: 50, test: 40 });
  equal(String(firstImages(few.train, 3)), String(firstImages(many.train, 3)));
  equal(String(firstImages(few.test, 2)), String(firstImages(many.test, 2)));
});

test("curves() are autoencoding data of the requested shape", () => {
  const { train, test } = curves({ train: 5, test: 4, inputShape: [28, 28, 1] });
  equal([train.size, test.size], [5, 4]);
  equal([train.inputShape, train.targetShape], [[28, 28, 1], [28, 28, 1]]);
});

test("curves() are thin strokes: dark paper, full ink, all images different", () => {
  const count = 500;
  const images = firstImages(curves({ train: count, test: 1 }).train, count);
  const mean = images.reduce((sum, byte) => sum + byte, 0) / images.length / 255;
  ok(mean > 0.04 && mean < 0.06, `mean intensity ${mean}`);
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE);
    ok(image.some((byte) => byte > 200), `image ${i} has no ink`);
    seen.add(String(image));
  }
  equal(seen.size, count);
});

test("drawParabola() passes its three points and fades evenly to both sides", () => {
  const image = new Uint8Array(SIDE * SIDE);
  drawParabola(new Float64Array([5, 10, 14, 10, 23, 10]), image);
  const at = (row: number, column: number): number => image[row * SIDE + column];
  equal([at(10, 5), at(10, 14), at(10, 23)], [255, 255, 255]);
  equal(at(9, 14), at(11, 14));
  ok(at(9, 14) > 0 && at(9, 14) < 255, "the edge is not anti-aliased");
  equal([at(8, 14), at(12, 14), at(10, 2), at(10, 26)], [0, 0, 0, 0]);
});

test("drawParabola() draws a dot when the points coincide, and clips what leaves the paper", () => {
  const image = new Uint8Array(SIDE * SIDE);
  drawParabola(new Float64Array([14, 14, 14, 14, 14, 14]), image);
  equal(image[14 * SIDE + 14], 255);
  equal(image.filter((byte) => byte > 0).length, 9);
  drawParabola(new Float64Array([-9, -9, 14, 14, 40, 40]), image);
  equal(image[14 * SIDE + 14], 255);
});

test("curves() refuses counts that are none", () => {
  throws(() => curves({ train: 0 }), RangeError, /train must be whole/);
  throws(() => curves({ test: 1.5 }), RangeError, /test must be whole/);
  throws(() => curves({ train: 1e9 }), RangeError, /train/);
  throws(() => curves({ train: 1, test: 1, inputShape: [783] }), RangeError, /784 pixels/);
});
