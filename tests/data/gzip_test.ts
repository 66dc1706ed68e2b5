import { gunzip, isGzip } from "../../src/data/gzip.ts";
import { equal, ok, rejects } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { gzip } from "./_gzip.ts";

const plain = Uint8Array.from({ length: 5000 }, (_, i) => i * i >> 3);

test("gunzip() gives back what was compressed", async () => {
  const packed = await gzip(plain);
  ok(isGzip(packed) && !isGzip(plain), "isGzip() is wrong");
  equal(String(await gunzip(packed, "x", plain.length)), String(plain));
});

test("gunzip() refuses truncated, corrupt, foreign and trailing bytes", async () => {
  const packed = await gzip(plain);
  const refused = (bytes: Uint8Array<ArrayBuffer>): Promise<void> =>
    rejects(() => gunzip(bytes, "x.gz", 10_000), SyntaxError, /^Cannot decompress x.gz: .*corrupt/);
  for (const length of [0, 1, 5, 10, 20, packed.length - 9, packed.length - 1]) {
    await refused(packed.slice(0, length));
  }
  const flipped = packed.slice();
  flipped[packed.length - 6] ^= 1; // the checksum
  await refused(flipped);
  await refused(plain);
  await refused(new Uint8Array([...packed, 1, 2, 3]));
});

test("gunzip() stops at the limit instead of filling memory", async () => {
  const bomb = await gzip(new Uint8Array(4_000_000));
  await rejects(() => gunzip(bomb, "bomb", 100_000), RangeError, /bomb: .*more than 100000 bytes/);
});
