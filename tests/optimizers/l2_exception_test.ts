// L2 regularization that leaves some parameters out.
import {
  blockHessianFree,
  type BlockHessianFreeOptions,
  clone,
  conv2d,
  dense,
  flatten,
  gaussNewton,
  hessianFree,
  normal,
  type PartitionRule,
  randomKey,
  sequential,
  softmaxCrossEntropy,
  tanh,
  Tensor,
} from "../../mod.ts";
import { addL2, fillCounted, penalty } from "../../src/optimizers/penalty.ts";
import { norm } from "../../src/ops/vector.ts";
import { allNear, equal, near, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound, SOLVER_TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";
import { twinProblem } from "./_problem.ts";

test("biases are the last columns of sites that have one, and a name is all of a site", () => {
  using model = sequential({ input: [4, 4, 1], seed: 1 }, [
    conv2d(2, { kernel: 2 }),
    tanh(),
    flatten(),
    dense(2, { bias: false }),
    dense(2),
  ]);
  using mask = new Tensor("float32", [model.parameterCount]);
  const sitesOf = (): number[][] =>
    model.sites.map(({ offset, weight: { size } }) => [...mask.data.slice(offset, offset + size)]);
  fillCounted("bias", model.sites, mask);
  const [conv, plain, last] = sitesOf();
  equal(conv, [1, 1, 1, 1, 0, 1, 1, 1, 1, 0]);
  equal(plain.every((one) => one === 1), true);
  equal(last, [1, 1, 0, 1, 1, 0]);
  fillCounted(["dense_2"], model.sites, mask);
  equal(sitesOf().map((site) => new Set(site)), [new Set([1]), new Set([0]), new Set([1])]);
});

test("penalty and gradient with a mask of ones are those without, and are of what it counts", () => {
  for (const dtype of DTYPES) {
    using x = normal(randomKey(1), [7], { dtype });
    using mask = new Tensor(dtype, [7]);
    mask.data.set([1, 0, 1, 1, 0, 0, 1]);
    using out = clone(x);
    addL2(0.5, x, mask, out);
    allNear(out.data, x.data.map((v, i) => v * (1 + 0.5 * mask.data[i])), identityBound(dtype));
    const sum = Array.from(x.data).reduce((total, v, i) => total + mask.data[i] * v * v, 0);
    near(penalty(x, 0.5, mask), sum / 4, identityBound(dtype) * sum, "penalty");
    mask.data.fill(1);
    near(penalty(x, 0.5, mask), penalty(x, 0.5), identityBound(dtype) * norm(x) ** 2, "penalty");
  }
});

test("converged solves of blocks have l2 on the diagonal of what it counts alone", () => {
  const rules: PartitionRule[] = ["site", [["dense_1", "dense_3"], ["dense_2"]]];
  for (const partition of rules) {
    for (const l2Except of ["bias", ["dense_2"]] as const) {
      for (const preconditioner of ["none", "squaredGradients", "jacobi"] as const) {
        using problem = twinProblem();
        const { model, loss, batches: [{ batch }] } = problem;
        const l2 = 0.3, damping = 0.5;
        const options: BlockHessianFreeOptions = {
          ...{ mode: "plain", learningRate: 1, initialDamping: damping, solverTolerance: 1e-15 },
          ...{ maxIterations: 300, partition, l2, l2Except, preconditioner },
        };
        const optimizer = blockHessianFree(options);
        using before = clone(model.parameters);
        using state = optimizer.init(model);
        optimizer.step(state, { model, loss, batch });
        using change = clone(model.parameters);
        change.data.forEach((value, i) => change.data[i] = value - before.data[i]);
        model.parameters.data.set(before.data);
        model.parametersChanged();
        using mask = new Tensor("float64", [model.parameterCount]);
        fillCounted(l2Except, model.sites, mask);
        using lin = model.linearize(loss, batch);
        using gradient = lin.gradient();
        gradient.data.forEach((g, i) => gradient.data[i] = g + l2 * mask.data[i] * before.data[i]);
        using operator = gaussNewton(lin, { partition });
        for (const [b, block] of operator.partition.blocks.entries()) {
          using own = block.gather(change);
          using counted = block.gather(mask);
          using expected = block.gather(gradient);
          using product = operator.blocks[b].add(damping).apply(own);
          const found = product.data.map((value, i) => value + l2 * counted.data[i] * own.data[i]);
          allNear(found, expected.data.map((g) => -g), SOLVER_TRAJECTORY_BOUND, `block ${b}`);
        }
      }
    }
  }
});

test("what is left out is not shrunk: without data to fit, biases stay and weights go", () => {
  using model = sequential({ input: [3], seed: 1, dtype: "float64" }, [dense(2)]);
  model.parameters.data.fill(1);
  model.parametersChanged();
  // Inputs of zero, and outputs that are alike: the loss has no slope.
  using input = new Tensor("float64", [4, 3]);
  input.data.fill(0);
  using target = new Tensor("float64", [4]);
  target.data.set([0, 1, 0, 1]);
  for (const method of [hessianFree, blockHessianFree]) {
    const { init, step } = method({ l2: 1, l2Except: "bias", initialDamping: 1e-6 });
    using state = init(model);
    for (let i = 0; i < 3; i++) {
      step(state, { model, loss: softmaxCrossEntropy(), batch: { input, target } });
    }
    allNear(model.parameters.data, [0, 0, 0, 1, 0, 0, 0, 1], SOLVER_TRAJECTORY_BOUND);
    model.parameters.data.fill(1);
    model.parametersChanged();
  }
});

test("exceptions that have no meaning are refused by name", () => {
  using model = sequential({ input: [3] }, [dense(2)]);
  for (const method of [hessianFree, blockHessianFree]) {
    for (const l2Except of ["weights", 3, [1], null]) {
      throws(
        () => method({ l2Except } as never),
        TypeError,
        /l2Except must be "none", "bias" or names/,
      );
    }
    throws(() => method({ l2Except: [] }), RangeError, /l2Except has no site/);
    throws(
      () => method({ l2Except: ["dense_7"] }).init(model),
      RangeError,
      /no site "dense_7" for l2Except, the model has dense_1/,
    );
  }
});
