import { tensor, zeros } from "../../mod.ts";
import { readNpy, writeNpy } from "../../data.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

/** A file as NumPy would write it, with a header of our choice. */
function file(header: string, elements = 0, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = version === 1
    ? [text.length & 255, text.length >> 8]
    : [text.length & 255, text.length >> 8, 0, 0];
  const magic = [0x93, ...new TextEncoder().encode("NUMPY"), version, 0];
  return new Uint8Array([...magic, ...length, ...text, ...new Uint8Array(elements)]);
}

const HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";

test("readNpy() gives back the bits that writeNpy() wrote", () => {
  for (const dtype of ["float32", "float64"] as const) {
    for (const shape of [[], [5], [2, 3], [0, 4], [2, 1, 2, 3]]) {
      using source = zeros(shape, { dtype });
      source.data.forEach((_, i) => source.data[i] = 1 / (i + 3));
      const bytes = writeNpy(source);
      using copy = readNpy(bytes);
      equal([copy.dtype, copy.shape], [dtype, shape]);
      equal([...copy.data], [...source.data]);
      equal((bytes.length - source.data.byteLength) % 64, 0, "alignment of the elements");
    }
  }
});

test("writeNpy() writes NumPy's header", () => {
  using source = tensor([1, 2]);
  const bytes = writeNpy(source);
  const text = new TextDecoder("latin1").decode(bytes.subarray(10, 128));
  equal(text.trim(), "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }");
  equal([...bytes.subarray(6, 10)], [1, 0, 118, 0]);
});

test("readNpy() reads format versions 1 to 3", () => {
  for (const version of [1, 2, 3]) {
    using read = readNpy(file(HEADER, 24, version));
    equal(read.shape, [2, 3]);
  }
  throws(() => readNpy(file(HEADER, 24, 4)), SyntaxError, /version 4/);
});

test("readNpy() refuses truncated, extended and foreign files", () => {
  const whole = file(HEADER, 24);
  for (let length = 0; length < whole.length; length++) {
    throws(() => readNpy(whole.slice(0, length)), SyntaxError, /^Cannot read npy data: /);
  }
  throws(() => readNpy(file(HEADER, 25)), SyntaxError, /25 bytes of elements, .* takes 24/);
  throws(() => readNpy(file(HEADER.replace("<f4", ">f4"), 24)), SyntaxError, /little-endian/);
  throws(() => readNpy(file(HEADER.replace("<f4", "|O"), 24)), SyntaxError, /float32/);
  throws(() => readNpy(file(HEADER.replace("False", "True"), 24)), SyntaxError, /column-major/);
  throws(() => readNpy(file(HEADER.replace("shape", "shade"), 24)), SyntaxError, /lacks 'shape'/);
  const large = HEADER.replace("2, 3", "9999999999, 9999999999");
  throws(() => readNpy(file(large)), RangeError, /2\^29/);
});
