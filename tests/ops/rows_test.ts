import { type DType, tensor, zeros } from "../../mod.ts";
import { homogeneous, matrix } from "../../linalg.ts";
import { columnsBetween } from "../../src/ops/matrix.ts";
import { copyRows } from "../../src/ops/rows.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { DTYPES } from "../_support/twins.ts";

const whole = (dtype: DType) => tensor([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], { dtype });

test("copyRows() copies columns out of a tensor and into another", () => {
  for (const dtype of DTYPES) {
    using source = whole(dtype);
    using part = zeros([3, 2], { dtype });
    copyRows(columnsBetween(matrix(source), 1, 3), matrix(part));
    equal(part.toArray(), [[2, 3], [6, 7], [10, 11]]);
    using out = zeros([3, 3], { dtype });
    copyRows(matrix(part), columnsBetween(matrix(out), 1, 3));
    equal(out.toArray(), [[0, 2, 3], [0, 6, 7], [0, 10, 11]]);
  }
});

test("copyRows() refuses other shapes and dtypes, and rows that are not in memory", () => {
  using source = whole("float32");
  using narrow = zeros([3, 3]);
  using precise = zeros([3, 4], { dtype: "float64" });
  throws(() => copyRows(matrix(source), matrix(narrow)), TypeError, /\(3, 4\) to \(3, 3\)/);
  throws(() => copyRows(matrix(source), matrix(precise)), TypeError, /float32 rows to float64/);
  throws(() => copyRows(homogeneous(narrow), matrix(source)), TypeError, /must lie in memory/);
  throws(() => copyRows(matrix(narrow).T, matrix(narrow)), TypeError, /must lie in memory/);
});
