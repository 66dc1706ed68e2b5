import { kernels } from "../../../src/runtime/instance.ts";
import { memoryBuffer, wordView, workspace } from "../../../src/runtime/memory.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

test("signs() takes bit after bit, and from_bytes() scales in float64", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1);
    for (const n of [...FEW_SIZES, 32, 33, 70]) {
      const words = Int32Array.from({ length: Math.ceil(n / 32) }, () => chance.below(4294967296));
      const from = workspace(4 * words.length), out = packed(dtype, new Float64Array(n));
      wordView(from, words.length).set(words);
      kernels(dtype).signs(n, from, out.pointer);
      const expected = new Float64Array(n).map((_, i) =>
        words[Math.floor(i / 32)] >>> (i % 32) & 1 ? 1 : -1
      );
      equal(isSame(out.take(), expected), true, `${n} signs of ${dtype}`);

      const bytes = Uint8Array.from({ length: n }, () => chance.below(256));
      const at = workspace(n), scaled = packed(dtype, new Float64Array(n));
      new Uint8Array(memoryBuffer(), at, n).set(bytes);
      kernels(dtype).from_bytes(n, 1 / 255, at, scaled.pointer);
      const values = Float64Array.from(bytes, (byte) => rounded(dtype, byte * (1 / 255)));
      equal(isSame(scaled.take(), values), true, `${n} bytes to ${dtype}`);
    }
  }
});
