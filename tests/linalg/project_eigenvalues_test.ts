import { Tensor } from "../../mod.ts";
import { projectEigenvalues } from "../../src/linalg/project_eigenvalues.ts";
import { allNear, equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { RECURSION_BOUND } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import { multiply, type Rows, transpose } from "../oracles/matrices.ts";
import { type Mode, MODES, projectMatrix } from "../oracles/positive_curvature.ts";

const ORDERS = [1, 2, 3, 10];

const FUNCTIONS: Readonly<Record<Mode, (value: number) => number>> = {
  none: (value) => value,
  zero: (value) => Math.max(value, 0),
  clip: (value) => Math.max(value, 0),
  abs: Math.abs,
};

function project(rows: Rows, mode: Mode, dtype: "float32" | "float64"): Tensor {
  const a = tensorOf(rows, dtype);
  using vectors = new Tensor("float64", a.shape);
  using values = new Tensor("float64", [a.shape[0]]);
  projectEigenvalues(a, FUNCTIONS[mode], { vectors, values });
  return a;
}

test("projectEigenvalues() agrees with Jacobi rotations in every mode", () => {
  for (const dtype of DTYPES) {
    for (const n of ORDERS) {
      const half = randomRows(n, n, n);
      const symmetric = half.map((row, i) => row.map((x, j) => (x + half[j][i]) / 2));
      for (const mode of MODES) {
        using found = project(symmetric, mode, dtype);
        const expected = projectMatrix(symmetric, mode).flat();
        const scale = Math.max(...symmetric.flat().map(Math.abs));
        // Relative to the matrix that was projected: nothing may be left of it.
        allNear(
          [...found.data, scale],
          [...expected, scale],
          RECURSION_BOUND[dtype],
          `${mode}, ${n}`,
        );
      }
    }
  }
});

test("projectEigenvalues() leaves a positive definite matrix its bits", () => {
  for (const dtype of DTYPES) {
    const half = randomRows(5, 6, 6);
    const positive = multiply(half, transpose(half)).map((row, i) =>
      row.map((x, j) => Math.fround(x) + (i === j ? 1 : 0))
    );
    using before = tensorOf(positive, dtype);
    for (const mode of MODES) {
      using after = project(positive, mode, dtype);
      equal([...after.data], [...before.data], mode);
    }
  }
});
