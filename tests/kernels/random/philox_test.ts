// Random numbers: the published answers of Philox4x32-10, access in any order, moments.
import type { DType } from "../../../src/runtime/dtype.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { allocate, memoryBuffer, release } from "../../../src/runtime/memory.ts";
import { equal, near, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { samplingBound } from "../../_support/tolerance.ts";
import { Guarded } from "../_guarded.ts";

const DTYPES: readonly DType[] = ["float32", "float64"];
const SEED = [0x12345678, 0x9abcdef0] as const;
const STREAM = 3;

function words(count: number, run: (out: number) => void): number[] {
  const bytes = 4 * count, out = allocate(bytes);
  run(out);
  const found = [...new Uint32Array(memoryBuffer(), out, count)];
  release(out, bytes);
  return found;
}

function bits(count: number, lo: number, hi = 0): number[] {
  return words(count, (out) => instance().exports.philox_bits(count, ...SEED, STREAM, lo, hi, out));
}

function draw(
  dtype: DType,
  name: "uniform" | "normal",
  count: number,
  lo: number,
  hi = 0,
  stream = STREAM,
): Float64Array {
  const target = new Guarded(dtype, 1, count);
  kernels(dtype)[name](count, ...SEED, stream, lo, hi, target.pointer);
  return target.take();
}

test("philox_block gives the known answers of Random123", () => {
  const ones = 0xffffffff;
  const cases = [
    [[0, 0, 0, 0, 0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [[ones, ones, ones, ones, ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  for (const [[c0, c1, c2, c3, k0, k1], expected] of cases) {
    equal(
      words(4, (out) => instance().exports.philox_block(c0, c1, c2, c3, k0, k1, out)),
      expected,
    );
  }
});

test("philox_bits counts index, stream and attempt 0, across the low word's end", () => {
  const expected = [0, 1].flatMap((carry) =>
    words(4, (out) => {
      const low = carry ? 0 : 0xffffffff;
      instance().exports.philox_block(low, 5 + carry, STREAM, 0, ...SEED, out);
    })
  );
  equal(bits(8, 0xffffffff, 5), expected);
  for (let n = 0; n <= 8; n++) equal(bits(n, 0xffffffff, 5), expected.slice(0, n));
});

for (const dtype of DTYPES) {
  const perCounter = { uniform: dtype === "float32" ? 4 : 2, normal: 2 } as const;

  test(`numbers do not depend on the order in which they are drawn in ${dtype}`, () => {
    for (const name of ["uniform", "normal"] as const) {
      const whole = draw(dtype, name, 64, 100);
      for (let first = 0; first < 64; first += 8) {
        const part = draw(dtype, name, 8, 100 + first / perCounter[name]);
        equal([...part], [...whole.subarray(first, first + 8)], `${name} from ${first}`);
      }
      for (let n = 0; n <= 9; n++) {
        equal([...draw(dtype, name, n, 100)], [...whole.subarray(0, n)], `${n} of ${name}`);
      }
      ok(draw(dtype, name, 64, 100, 0, STREAM + 1).every((x, i) => x !== whole[i]), "streams");
    }
  });

  test(`uniform numbers are the upper bits of the words in ${dtype}`, () => {
    const raw = bits(32, 7);
    const expected = dtype === "float32"
      ? raw.map((word) => (word >>> 8) / 2 ** 24)
      : Array.from({ length: 16 }, (_, i) => {
        const [low, high] = [raw[2 * i], raw[2 * i + 1]];
        return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
      });
    equal([...draw(dtype, "uniform", expected.length, 7)], expected);
  });

  test(`moments are those of the distributions in ${dtype}`, () => {
    const n = 2 ** 17;
    const mean = (x: Float64Array, power: number): number =>
      x.reduce((sum, xi) => sum + xi ** power, 0) / n;
    const uniform = draw(dtype, "uniform", n, 0), normal = draw(dtype, "normal", n, 0);
    ok(uniform.every((x) => x >= 0 && x < 1), "uniform range");
    near(mean(uniform, 1), 1 / 2, samplingBound(n, Math.sqrt(1 / 12)), "uniform mean");
    near(mean(uniform, 2), 1 / 3, samplingBound(n, Math.sqrt(4 / 45)), "uniform square");
    near(mean(normal, 1), 0, samplingBound(n, 1), "normal mean");
    near(mean(normal, 2), 1, samplingBound(n, Math.sqrt(2)), "normal square");
    near(mean(normal, 3), 0, samplingBound(n, Math.sqrt(15)), "normal cube");
    near(mean(normal, 4), 3, samplingBound(n, Math.sqrt(96)), "normal fourth power");
    const pairs = normal.reduce((sum, x, i) => i % 2 ? sum : sum + x * normal[i + 1], 0) / (n / 2);
    near(pairs, 0, samplingBound(n / 2, 1), "correlation within a pair");
  });
}

test("float32 normals are the float64 normals, rounded", () => {
  equal(
    [...draw("float32", "normal", 101, 9)],
    [...draw("float64", "normal", 101, 9)].map(Math.fround),
  );
});
