// Our SHA-256 against the hosts' own, and against the examples of FIPS 180-2.
import { digest, memoryUsage, tensor, zeros } from "../../mod.ts";
import { sha256 } from "../../src/tensor/digest.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TestRandom } from "../_support/random.ts";

function randomBytes(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const random = new TestRandom(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

async function ofHost(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("sha256() gives the published digests", async () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  equal(
    await sha256(encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  equal(
    await sha256(encode("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
  equal(
    await sha256(encode("a".repeat(1_000_000))),
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  );
});

test("sha256() is the host's for every length to 300", async () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = randomBytes(length, length);
    equal(await sha256(bytes), await ofHost(bytes), `${length} bytes`);
  }
});

test("sha256() is the host's around the ends of chunks, and for a part of a buffer", async () => {
  const bytes = randomBytes(1, 3 * 4096 + 100);
  for (const chunks of [1, 2, 3]) {
    for (const extra of [-65, -64, -63, -9, -8, -1, 0, 1, 55, 56, 63, 64, 65]) {
      const part = bytes.subarray(7, 7 + 4096 * chunks + extra);
      equal(await sha256(part), await ofHost(part.slice()), `${part.length} bytes`);
    }
  }
});

test("sha256() is the host's for a million random bytes", async () => {
  const bytes = randomBytes(2, 1_000_003);
  equal(await sha256(bytes), await ofHost(bytes));
});

for (const dtype of ["float32", "float64"] as const) {
  test(`digest() of tensors and of views is the host's, ${dtype}`, async () => {
    for (const size of [0, 1, 7, 8, 13, 14, 15, 16, 17, 100, 1024, 5000]) {
      using values = zeros([size + 3], { dtype });
      for (const [i] of values.data.entries()) values.data[i] = i * 1.37 - 5;
      const view = values.view([size], 3);
      const copy = new Uint8Array(view.data.slice().buffer);
      equal(await digest(view), await ofHost(copy), `${size} elements`);
    }
  });
}

test("digest() is that of the call, whatever is written meanwhile", async () => {
  const values = tensor([1, 2, 3]);
  const expected = await digest(values);
  const digests = [digest(values)];
  values.data.fill(9);
  const other = digest(values);
  values.dispose();
  using _reused = tensor([7, 7, 7]);
  equal(await Promise.all(digests), [expected]);
  equal(await other === expected, false);
});

test("a digest takes no memory", async () => {
  using values = zeros([1000]);
  const before = memoryUsage();
  await digest(values);
  await sha256(new Uint8Array(100_000));
  equal(memoryUsage(), before);
});
