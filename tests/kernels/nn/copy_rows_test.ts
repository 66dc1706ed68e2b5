import { bytesPerElement } from "../../../src/runtime/dtype.ts";
import { instance } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES } from "../_cases.ts";

const ROWS = 3;
const LARGEST = 9;

test("copy_rows() copies rows of any length between strides, and clears them without a source", () => {
  const { copy_rows } = instance().exports;
  for (const dtype of DTYPES) {
    const bytes = bytesPerElement(dtype);
    for (let columns = 1; columns <= LARGEST; columns++) {
      const chance = new Chance(columns);
      const values = chance.numbers(dtype, ROWS * columns);
      const [from, to] = [
        chance.operand(dtype, ROWS, columns, values),
        chance.operand(dtype, ROWS, columns),
      ];
      const pitch = to.stride * bytes;
      copy_rows(ROWS, columns * bytes, from.pointer, from.stride * bytes, to.pointer, pitch);
      equal([...to.guarded.take()], [...values], `${columns} columns of ${dtype}`);
      copy_rows(ROWS, columns * bytes, 0, 0, from.pointer, from.stride * bytes);
      ok(from.guarded.take().every((x) => x === 0), `cleared, ${columns} columns of ${dtype}`);
    }
  }
});
