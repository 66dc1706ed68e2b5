import { readIdx } from "../../data.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);
const matrix = bytes(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

test("readIdx() reads shape and bytes, also from the middle of a buffer", () => {
  equal(readIdx(matrix).shape, [2, 3]);
  equal([...readIdx(matrix).data], [1, 2, 3, 4, 5, 6]);
  const shifted = bytes(9, ...matrix).subarray(1);
  equal([...readIdx(shifted).data], [1, 2, 3, 4, 5, 6]);
});

test("readIdx() reads big-endian elements of every type", () => {
  const one = (type: number, ...element: number[]): number =>
    readIdx(bytes(0, 0, type, 1, 0, 0, 0, 1, ...element)).data[0];
  equal(one(0x09, 0xff), -1);
  equal(one(0x0b, 0xff, 0xfe), -2);
  equal(one(0x0c, 0, 1, 0, 0), 65536);
  equal(one(0x0d, 0x3f, 0xc0, 0, 0), 1.5);
  equal(one(0x0e, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0), -1.5);
});

test("readIdx() refuses every truncation and every extension", () => {
  for (let length = 0; length < matrix.length; length++) {
    throws(() => readIdx(matrix.slice(0, length)), SyntaxError, /^Cannot read IDX data: /);
  }
  throws(() => readIdx(bytes(...matrix, 0)), SyntaxError, /takes 18 bytes, it has 19/);
});

test("readIdx() refuses what is not IDX", () => {
  throws(() => readIdx(bytes(1, 0, 8, 1, 0, 0, 0, 0), "x"), SyntaxError, /read x: .*magic/);
  throws(() => readIdx(bytes(0, 0, 7, 1, 0, 0, 0, 0)), SyntaxError, /element type 7/);
  throws(() => readIdx(bytes(0, 0, 8, 0)), SyntaxError, /rank 0/);
  const enormous = bytes(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255);
  throws(() => readIdx(enormous), SyntaxError, /takes 1844674406\d+ bytes/);
});
