import {
  add,
  cg,
  diagonal,
  kronecker,
  lsmr,
  minres,
  OutOfMemoryError,
  randomKey,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { cgInPlace, CgWorkspace, direct } from "../../solvers.ts";
import {
  denseOperator,
  hutchinsonDiagonal,
  hutchPlusPlus,
  inverse,
  lanczos,
  type LinearOperator,
  powerIteration,
  stochasticLanczosQuadrature,
  submatrix,
} from "../../operators.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { leaksNothing, withRefusal } from "../_support/scarce_memory.ts";
import { asTensor } from "../oracles/dense_algebra.ts";
import { randomPositive } from "../linalg/operators/_cases.ts";

const N = 6;
const key = randomKey(1);

function withSystem(body: (op: LinearOperator, a: Tensor, b: Tensor) => void): void {
  using a = asTensor(randomPositive(N, 1), "float32");
  using b = tensor(new Float32Array(N).fill(1));
  body(denseOperator(a, { isSymmetric: true }), a, b);
}

test("solvers leak nothing when memory runs out", () => {
  withSystem((op, _, b) => {
    const preconditioner = diagonal(b);
    leaksNothing(
      "cg",
      () => cg(op, b, { preconditioner, storeIterates: true, verifySymmetry: true }).dispose(),
    );
    leaksNothing("minres", () => minres(op, b, { preconditioner }).dispose());
    leaksNothing("lsmr", () => lsmr(op, b, { damping: 0.5 }).dispose());
    leaksNothing("direct", () => direct(op, b).dispose());
    leaksNothing(
      "workspace",
      () => new CgWorkspace(op, { isPreconditioned: true, storedIterations: 9 }).dispose(),
    );
  });
});

test("operators leak nothing when memory runs out", () => {
  withSystem((op, a, b) => {
    leaksNothing("dense", () => op.toDense().dispose());
    leaksNothing("sum", () => add(op, op).dispose());
    leaksNothing("submatrix", () => submatrix(op, [1, 2]).dispose());
    leaksNothing("power", () => diagonal(b).power(2).dispose());
    leaksNothing("inverse", () => inverse(op, cg).apply(b).dispose());
    using product = kronecker(a, a);
    leaksNothing("Kronecker", () => kronecker(a, a).dispose());
    leaksNothing("Kronecker inverse", () => product.inverse().dispose());
    leaksNothing("Kronecker power", () => product.power(0.5).dispose());
    leaksNothing("damped inverse", () => product.dampedInverse(1).dispose());
    leaksNothing("determinant", () => void product.logDeterminant());
  });
});

test("estimators leak nothing when memory runs out", () => {
  withSystem((op) => {
    leaksNothing("Hutchinson", () => {
      const { diagonal: mean, standardErrors } = hutchinsonDiagonal(op, { samples: 2, key });
      mean.dispose();
      standardErrors.dispose();
    });
    leaksNothing("Hutch++", () => void hutchPlusPlus(op, { products: 6, key }));
    leaksNothing("Lanczos", () => lanczos(op, { start: key }).dispose());
    leaksNothing("spectrum", () => void stochasticLanczosQuadrature(op, { samples: 2, key }));
    leaksNothing("powers", () => powerIteration(op, { key, maxIterations: 2 }).vector.dispose());
  });
});

test("a workspace that could not grow serves the next solve", () => {
  withSystem((op, _, b) => {
    const preconditioner = diagonal(b);
    using workspace = new CgWorkspace(op);
    using fresh = cg(op, b);
    const error = withRefusal(1, () => cgInPlace(workspace, op, b, { preconditioner }));
    ok(error instanceof OutOfMemoryError, `${error}`);
    const { x } = cgInPlace(workspace, op, b, { preconditioner });
    equal([...x.data], [...fresh.x.data]);
  });
});
