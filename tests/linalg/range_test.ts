// A result beyond the range of its dtype is an error, never an infinity that goes on; what fits is found, however large.
import {
  choleskySolve,
  diagonal,
  type DType,
  eigh,
  kronecker,
  memoryUsage,
  NonFiniteError,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { cholesky } from "../../linalg.ts";
import { projectEigenvalues } from "../../src/linalg/project_eigenvalues.ts";
import { allNear, equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";

const LARGEST: Readonly<Record<DType, number>> = {
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};

/** Runs with tensors of a dtype that are given back, and sees that nothing else stays in memory. */
function leavesNothing(body: () => void): void {
  body(); // shared scratch is made at first use
  const { liveBytes } = memoryUsage();
  body();
  equal(memoryUsage().liveBytes, liveBytes, "bytes left");
}

test("an eigenvalue beyond the range is an error, one at its end is found", () => {
  for (const dtype of DTYPES) {
    const large = LARGEST[dtype] / 4;
    leavesNothing(() => {
      using within = tensor([[large, large], [large, large]], { dtype });
      using found = eigh(within);
      allNear(found.values.data, [0, 2 * large], identityBound(dtype), dtype);
      using beyond = tensor(Array.from({ length: 5 }, () => Array(5).fill(large)), { dtype });
      throws(() => eigh(beyond), NonFiniteError, /eigenvalue 4 is not finite/);
      using negative = tensor(Array.from({ length: 5 }, () => Array(5).fill(-large)), { dtype });
      throws(() => eigh(negative), NonFiniteError, /eigenvalue 0 is not finite/);
    });
  }
});

test("a projection of eigenvalues beyond the range is an error and leaves the matrix as it was", () => {
  const dtype = "float64", large = LARGEST[dtype] / 4;
  using a = tensor(Array.from({ length: 5 }, () => Array(5).fill(large)), { dtype });
  using vectors = tensor(new Float64Array(25), { dtype, shape: [5, 5] });
  using values = tensor(new Float64Array(5), { dtype });
  throws(() => projectEigenvalues(a, Math.abs, { vectors, values }), NonFiniteError, /eigenvalue/);
  equal(a.data.every((value) => value === large), true);
});

test("a solution, an inverse and a power beyond the range are errors", () => {
  for (const dtype of DTYPES) {
    const tiny = 16 / LARGEST[dtype], large = LARGEST[dtype] / 4;
    leavesNothing(() => {
      using a = tensor([[tiny, 0], [0, 1]], { dtype });
      using smaller = tensor([[tiny / 64, 0], [0, 1]], { dtype });
      using b = tensor([large, 1], { dtype });
      using out = tensor([0, 0], { dtype });
      using factor = cholesky(a);
      using other = cholesky(smaller);
      const cases: [() => unknown, RegExp][] = [
        [() => factor.solve(b), /element 0 of x/],
        [() => factor.solve(b, out), /element 0 of x/],
        [() => choleskySolve(a, b), /element 0 of x/],
        [() => other.inverse(), /element 0 of the inverse/],
        [() => diagonalOf(a, (op) => op.power(-2)), /the power\[0\]/],
        [() => kroneckerOf(a, (op) => op.power(-2)), /the power\[\d\]/],
        [() => kroneckerOf(smaller, (op) => op.inverse()), /the inverse of a factor\[0\]/],
      ];
      for (const [call, pattern] of cases) throws(call, NonFiniteError, pattern);
    });
  }
});

function diagonalOf(a: Tensor, use: (op: ReturnType<typeof diagonal>) => unknown): void {
  using d = tensor([a.data[0], a.data[3]], { dtype: a.dtype });
  use(diagonal(d));
}

function kroneckerOf(a: Tensor, use: (op: ReturnType<typeof kronecker>) => unknown): void {
  using op = kronecker(a, a, { isSymmetric: true });
  use(op);
}
