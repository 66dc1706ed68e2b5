import { cg, diagonal, lsmr, martens, memoryUsage, minres, tensor, zeros } from "../../mod.ts";
import { cgInPlace, CgWorkspace, direct } from "../../solvers.ts";
import { denseOperator, identityOperator, linearOperator } from "../../operators.ts";
import { NonFiniteError } from "../../src/runtime/errors.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const SOLVERS = { cg, minres, lsmr, direct };

test("every solver refuses what is not a system, and leaves no memory behind", () => {
  using d = tensor([1, 2]);
  using b = tensor([1, 1]);
  using short = tensor([1]);
  using wide = tensor([1, 1], { dtype: "float64" });
  using poisoned = tensor([1, NaN]);
  const op = diagonal(d), { liveBytes } = memoryUsage();
  for (const [name, solve] of Object.entries(SOLVERS)) {
    const pattern = (text: string): RegExp => new RegExp(`Cannot solve .*${text}`);
    throws(() => solve(op, short), TypeError, pattern("b has shape \\(1\\)"));
    throws(() => solve(op, wide), TypeError, pattern("float64"));
    throws(() => solve(op, poisoned), NonFiniteError, pattern("b\\[1\\]"));
    throws(() => solve(op, undefined as never), TypeError, pattern("tensor"));
    throws(() => solve(op, b, { tolerance: NaN }), RangeError, pattern("NaN"));
    throws(() => solve(op, b, { tolerance: "1" as never }), TypeError, pattern("number"));
    throws(() => solve(op, b, { absoluteTolerance: -1 }), RangeError, pattern("-1"));
    if (name === "direct") continue;
    const iterate = solve as typeof cg;
    throws(() => iterate(op, b, { x0: short }), TypeError, pattern("x0"));
    throws(() => iterate(op, b, { x0: poisoned }), NonFiniteError, pattern("x0\\[1\\]"));
    throws(() => iterate(op, b, { maxIterations: 0.5 }), RangeError, pattern("whole"));
  }
  equal(memoryUsage().liveBytes, liveBytes);
});

test("solvers for symmetric operators ask for the declaration", () => {
  using a = tensor([[1, 2], [3, 4]]);
  using b = tensor([1, 1]);
  const op = denseOperator(a);
  for (const solve of [cg, minres, direct]) {
    throws(() => solve(op, b), TypeError, /declare to be symmetric/);
  }
  lsmr(op, b).dispose();
});

test("verifySymmetry finds an operator that lies, and passes one that does not", () => {
  using lies = tensor([[1, 2], [2.5, 9]]);
  using true_ = tensor([[1, 2], [2, 9]]);
  using b = tensor([1, 1]);
  const lie = denseOperator(lies, { isSymmetric: true }), { liveBytes } = memoryUsage();
  throws(() => cg(lie, b, { verifySymmetry: true }), RangeError, /u·Av is .* and v·Au is/);
  equal(memoryUsage().liveBytes, liveBytes);
  using solution = cg(denseOperator(true_, { isSymmetric: true }), b, { verifySymmetry: true });
  equal(solution.status, "converged");
});

test("cg() refuses options and a workspace that do not fit", () => {
  using d = tensor([1, 2]);
  using b = tensor([1, 1]);
  using far = tensor([3, 4]);
  using workspace = new CgWorkspace({ size: 1, dtype: "float32" });
  const op = diagonal(d), preconditioner = identityOperator(3);
  throws(() => cg(op, b, { preconditioner }), TypeError, /orders 2 and 3/);
  throws(() => cg(op, b, { trustRadius: 0 }), RangeError, /positive/);
  throws(() => cg(op, b, { trustRadius: 4, x0: far }), RangeError, /outside/);
  throws(() => cgInPlace(workspace, op, b), TypeError, /CgWorkspace/);
  for (const solve of Object.values(SOLVERS)) {
    throws(() => solve({} as never, b), TypeError, /must be a LinearOperator|linearOperator\(\)/);
  }
  throws(() => martens({ tolerance: -1 }), RangeError, /finite and not negative/);
  throws(() => martens({ window: NaN }), RangeError, /NaN/);
});

test("an error thrown by the operator reaches the caller and leaves no memory behind", () => {
  using b = zeros([2]);
  b.data.fill(1);
  const failure = new TypeError("Cannot go on: the device is gone");
  const op = linearOperator({
    size: 2,
    dtype: "float32",
    isSymmetric: true,
    apply: () => {
      throw failure;
    },
  });
  const { liveBytes } = memoryUsage();
  for (const solve of [cg, minres, lsmr, direct]) {
    throws(() => solve(op, b), TypeError, /device/);
  }
  equal(memoryUsage().liveBytes, liveBytes);
});
