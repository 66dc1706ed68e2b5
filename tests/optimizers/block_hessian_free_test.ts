import {
  blockHessianFree,
  type BlockHessianFreeOptions,
  clone,
  concatenation,
  dense,
  digest,
  dropout,
  expectedZeroOne,
  gaussNewton,
  hessianFree,
  lastStep,
  type Layer,
  lstm,
  normal,
  type Optimizer,
  partition,
  type PartitionRule,
  randomKey,
  Scope,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  type StepReport,
  tanh,
  Tensor,
  zeros,
} from "../../mod.ts";
import { finish } from "../../src/runtime/parts.ts";
import { CgWorkspace } from "../../src/solvers/cg.ts";
import { BlockSystem, together } from "../../src/optimizers/hessian_free/systems.ts";
import { productShares } from "../../src/optimizers/hessian_free/work.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound, LINEAR_FIT_BOUND, SOLVER_TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import { twinProblem } from "./_problem.ts";
import { sameSnapshot, snapshot } from "./_snapshot.ts";

const SHARED: readonly BlockHessianFreeOptions[] = [
  {},
  { preconditioner: "squaredGradients", maxIterations: 12 },
  { preconditioner: "jacobi", maxIterations: 12, l2: 0.01, curvatureChunks: 2 },
  { curvatureChunks: 2, lineSearchChunks: 3, l2: 0.01, initialDamping: 0.1 },
  { preconditioner: "jacobi", maxIterations: 12, l2: 0.1, l2Except: "bias" },
  { curvatureChunks: 3, l2: 0.01, initialDamping: 0.1, dampingDrop: 0.5, iterateDecay: 0.5 },
  { initialDamping: 1e-6, maxIterations: 4 },
];

test("one block in safe mode is hessianFree(), to the bit", () => {
  for (const dtype of DTYPES) {
    for (const shared of SHARED) {
      const both = { maxIterations: 30, preconditioner: "none", ...shared } as const;
      const one = blockHessianFree({ ...both, partition: 1 }), whole = hessianFree(both);
      const [found, expected] = [one, whole].map((optimizer) => {
        using problem = twinProblem({ dtype });
        const { model, loss, batches: [{ batch }] } = problem;
        using state = optimizer.init(model);
        const reports = Array.from(
          { length: 6 },
          () => optimizer.step(state, { model, loss, batch }),
        );
        return { reports, snapshot: snapshot(model, state) };
      });
      equal(found, expected);
    }
  }
});

test("the loss of one batch never rises in safe mode, in both dtypes", () => {
  for (const dtype of DTYPES) {
    for (const options of [{}, { curvatureChunks: 4 }, { preconditioner: "squaredGradients" }]) {
      using problem = twinProblem({
        dtype,
        layers: [{ units: 5, activation: "relu" }, { units: 4, activation: "tanh" }, { units: 3 }],
      });
      const { model, loss, batches: [{ batch }] } = problem;
      const optimizer = blockHessianFree({
        initialDamping: 1e-4,
        ...options as BlockHessianFreeOptions,
      });
      using state = optimizer.init(model);
      let before = Infinity;
      for (let step = 0; step < 30; step++) {
        const report = optimizer.step(state, { model, loss, batch });
        ok(report.loss <= before, `step ${step}: ${report.loss} after ${before}`);
        before = report.loss;
      }
    }
  }
});

test("on a linear model with squared error the ratio is 1, and one step without damping solves it", () => {
  for (const dtype of DTYPES) {
    for (const initialDamping of [1, 1e-13]) {
      // Blocks that share no output are all there is to the matrix.
      const layers = [concatenation([[dense(2)], [dense(1)]])];
      using model = sequential({ input: [3], seed: 2, dtype }, layers);
      using input = tensorOf(randomRows(1, 9, 3), dtype);
      using target = tensorOf(randomRows(2, 9, 3), dtype);
      const optimizer = blockHessianFree({ initialDamping, solverTolerance: 1e-14 });
      using state = optimizer.init(model);
      const problem = { model, loss: squaredError(), batch: { input, target } };
      const first = optimizer.step(state, problem);
      equal(first.solves?.length, 2);
      near(first.reductionRatio ?? NaN, 1, 1e3 * identityBound(dtype), "ratio");
      if (initialDamping === 1 || dtype === "float32") continue;
      const { gradientNorm } = optimizer.step(state, problem);
      ok(gradientNorm <= LINEAR_FIT_BOUND * first.gradientNorm, `gradient ${gradientNorm}`);
    }
  }
});

for (const preconditioner of ["none", "squaredGradients", "jacobi"] as const) {
  test(`converged solves are those of the damped blocks: preconditioner ${preconditioner}`, () => {
    using problem = twinProblem({ layers: [{ units: 4, activation: "tanh" }, { units: 3 }] });
    const { model, loss, batches: [{ batch }] } = problem;
    const optimizer = blockHessianFree({
      mode: "plain",
      preconditioner,
      learningRate: 1,
      initialDamping: 0.5,
      solverTolerance: 1e-15,
      maxIterations: 200,
    });
    using start = clone(model.parameters);
    using state = optimizer.init(model);
    optimizer.step(state, { model, loss, batch });
    using change = clone(model.parameters);
    change.data.forEach((value, i) => change.data[i] = value - start.data[i]);
    model.parameters.data.set(start.data);
    model.parametersChanged();
    using lin = model.linearize(loss, batch);
    using operator = gaussNewton(lin, { partition: "site" });
    using gradient = lin.gradient();
    for (const [b, block] of operator.partition.blocks.entries()) {
      using own = block.gather(change);
      using product = operator.blocks[b].add(0.5).apply(own);
      using expected = block.gather(gradient);
      allNear(product.data, expected.data.map((g) => -g), SOLVER_TRAJECTORY_BOUND, `block ${b}`);
    }
  });
}

/** The parameters after some steps. */
async function digestAfter(
  optimizer: Optimizer,
  layers: Layer[],
  shape: number[],
): Promise<string> {
  using model = sequential({ input: shape, seed: 4 }, layers);
  using input = normal(randomKey(1), [6, ...shape]);
  using target = new Tensor("float32", [6]);
  target.data.set([0, 1, 2, 0, 1, 2]);
  using state = optimizer.init(model);
  for (let i = 0; i < 5; i++) {
    optimizer.step(state, { model, loss: softmaxCrossEntropy(), batch: { input, target } });
  }
  return await digest(model.parameters);
}

const NETS = {
  dense: {
    shape: [3],
    layers: () => [dense(5), tanh(), dense(4), tanh(), dense(4), tanh(), dense(3)],
  },
  recurrent: { shape: [3, 2], layers: () => [lstm(3), lstm(2), lastStep(), dense(3)] },
};

test("the order of blocks, and of the sites in them, changes no bit", async () => {
  for (const { layers, shape } of Object.values(NETS)) {
    const more = shape.length === 1 ? [[3]] : [];
    const rules = [
      [[0, 2], [1], ...more],
      [...more, [1], [2, 0]],
      [[1], ...more, [2, 0]],
    ];
    for (
      const options of [
        {},
        { preconditioner: "squaredGradients" },
        { preconditioner: "jacobi" },
        { mode: "plain" },
      ]
    ) {
      const digests = await Promise.all(rules.map((partition) =>
        digestAfter(
          blockHessianFree({ ...options as BlockHessianFreeOptions, partition }),
          layers(),
          shape,
        )
      ));
      equal(new Set(digests).size, 1);
    }
  }
});

test("solves that advance together end with the bits of solves one after the other", () => {
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  using lin = model.linearize(loss, batch);
  using curvature = gaussNewton(lin, { partition: "site" });
  using gradient = lin.gradient();
  using start = zeros([model.parameterCount], { dtype: "float64" });
  const vectors = { descent: gradient, start, inverse: undefined };
  const solvesOf = (scope: Scope) =>
    curvature.partition.blocks.map((block, b) => {
      const solver = scope.own(new CgWorkspace({ size: block.size, dtype: "float64" }));
      const vector = (size: number): Tensor => scope.own(new Tensor("float64", [size]));
      const limits = { maxIterations: 20, solverTolerance: 1e-6 };
      const system = new BlockSystem(block, solver, false, vector);
      return system.solve(curvature.blocks[b].add(0.1), vectors, limits);
    });
  using scope = new Scope();
  const apart = solvesOf(scope).map((solve) => finish("solve", solve));
  const joined = finish("solve", together(solvesOf(scope)));
  equal(
    joined.map(({ x, ...rest }) => ({ ...rest, x: [...x.data] })),
    apart.map(({ x, ...rest }) => ({ ...rest, x: [...x.data] })),
  );
});

test("a block of all sites costs one product, and single ones a quarter of the number of sites and one", () => {
  const layers = Array.from({ length: 7 }, () => dense(4, { bias: false }));
  using model = sequential({ input: [4] }, layers);
  equal(productShares(model, partition(model, 1)), [1]);
  // Four products of matrices for a site, and two for the first, whose inputs do not move.
  const expected = layers.map((_, below) => (2 + 2 * (6 - below)) / (4 * 7 - 2));
  allNear(productShares(model, partition(model, "site")), expected, identityBound("float64"));
});

test("a report counts iterations, products, gradients, losses and samples", () => {
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  const [samples] = batch.input.shape;
  const optimizer = blockHessianFree({ maxIterations: 3, solverTolerance: 1e-9 });
  using state = optimizer.init(model);
  const shares = productShares(model, partition(model, "site"));
  const { solves = [], work, solverIterations } = optimizer.step(state, { model, loss, batch });
  equal(solves.map(({ sites }) => sites), model.sites.map(({ name }) => [name]));
  equal(
    solves.map(({ iterations, status }) => [iterations, status]),
    solves.map(() => [
      3,
      "max-iterations",
    ]),
  );
  equal(solverIterations, 3 * shares.length);
  // A solve takes one for its start besides, and one with the whole matrix rescales.
  const products = shares.reduce((sum, share) => sum + (1 + 3) * share, 1);
  near(work?.products ?? NaN, products, identityBound("float64"), "products");
  equal(work?.gradients, 1);
  const evaluations = work?.evaluations ?? NaN;
  ok(evaluations >= 1, "a point was looked at");
  const counted = samples * (1 + products + evaluations);
  near(work?.samples ?? NaN, counted, counted * identityBound("float64"), "samples");
  const whole = hessianFree({ maxIterations: 6 });
  using wholeState = whole.init(model);
  const report = whole.step(wholeState, { model, loss, batch });
  equal(report.solves?.map(({ sites }) => sites), [model.sites.map(({ name }) => name)]);
  ok([5, 6].includes(report.chosenIterate ?? NaN), "an iterate that is stored");
});

/** A problem whose first block's solve starts where products overflow. */
function overflowing(options: BlockHessianFreeOptions) {
  const problem = twinProblem({ dtype: "float32" });
  const { model, loss, batches: [{ batch }] } = problem;
  const optimizer = blockHessianFree({ initialDamping: 0.25, ...options });
  const state = optimizer.init(model);
  optimizer.step(state, { model, loss, batch });
  const [first] = partition(model, "site").blocks;
  for (const view of first.views(state.tensors.get("iterate") as Tensor)) view.data.fill(3e38);
  const damping = state.numbers.get("damping") as number;
  const before = snapshot(model, state);
  const step = (): StepReport => optimizer.step(state, { model, loss, batch });
  return { problem, state, damping, before, step, model };
}

test("safe mode goes on without a block whose solve is not finite, names it and raises the damping", () => {
  const { problem, state, damping, model, step } = overflowing({});
  using _ = problem;
  const report = step();
  const [first, ...others] = report.solves ?? [];
  equal([first.sites, first.status], [["dense_1"], "non-finite"]);
  ok(others.every(({ status }) => status !== "non-finite"), "others are solved");
  equal(report.accepted, true);
  near(state.numbers.get("damping") ?? NaN, damping * 1.5, identityBound("float64"), "damping");
  ok(model.parameters.data.every(Number.isFinite), "finite parameters");
  equal(step().solves?.map(({ status }) => status).includes("non-finite"), false);
  state.dispose();
});

test("plain mode takes no step where a solve is not finite, names it and raises the damping", () => {
  const { problem, state, damping, before, model, step } = overflowing({ mode: "plain" });
  using _ = problem;
  const report = step();
  equal([report.accepted, report.stepNorm], [false, 0]);
  equal(report.solves?.[0].status, "non-finite");
  equal(snapshot(model, state).parameters, before.parameters);
  near(state.numbers.get("damping") ?? NaN, damping * 1.5, identityBound("float64"), "damping");
  equal(step().accepted, true);
  state.dispose();
});

test("where every solve fails, safe mode leaves the parameters to the bit", () => {
  const { problem, state, damping, before, model, step } = overflowing({ partition: 1 });
  using _ = problem;
  state.tensors.get("iterate")?.data.fill(3e38);
  const report = step();
  equal([report.accepted, report.learningRate, report.stepNorm], [false, 0, 0]);
  equal(snapshot(model, state).parameters, before.parameters);
  near(state.numbers.get("damping") ?? NaN, damping * 1.5, identityBound("float64"), "damping");
  state.dispose();
});

test("a block that meets negative curvature is left out, as its loss is not convex", () => {
  using model = sequential({ input: [3], seed: 3, dtype: "float64" }, [dense(4), tanh(), dense(3)]);
  using input = normal(randomKey(2), [8, 3], { dtype: "float64" });
  using target = new Tensor("float64", [8]);
  target.data.forEach((_, n) => target.data[n] = n % 3);
  const problem = { model, loss: expectedZeroOne(), batch: { input, target } };
  for (const mode of ["safe", "plain"] as const) {
    const optimizer = blockHessianFree({ mode, initialDamping: 1e-6 });
    using state = optimizer.init(model);
    const before = [...model.parameters.data];
    const { solves = [], accepted } = optimizer.step(state, problem);
    ok(solves.some(({ status }) => status === "negative-curvature"), mode);
    near(state.numbers.get("damping") ?? NaN, 1.5e-6, identityBound("float64"), mode);
    if (mode === "plain") equal([accepted, ...model.parameters.data], [false, ...before]);
  }
});

test("the Jacobi preconditioner refuses a loss whose Hessian has no root before anything changes", () => {
  using problem = twinProblem();
  const { model, batches: [{ batch }] } = problem;
  for (const optimizer of [hessianFree, blockHessianFree]) {
    const { init, step } = optimizer({ preconditioner: "jacobi" });
    using state = init(model);
    const before = snapshot(model, state);
    const started = { model, loss: expectedZeroOne(), batch };
    throws(() => step(state, started), TypeError, /"jacobi" needs a root .* expectedZeroOne/);
    sameSnapshot(snapshot(model, state), before, "state");
  }
});

test("a sweep of the Jacobi preconditioner counts as a gradient", () => {
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  for (const optimizer of [hessianFree, blockHessianFree]) {
    const { init, step } = optimizer({ preconditioner: "jacobi" });
    using state = init(model);
    equal(step(state, { model, loss, batch }).work?.gradients, 2);
  }
});

test("a part that the key draws depends on the key alone, and has whole samples of the batch", () => {
  const optimizer = blockHessianFree({ curvatureChunks: 4, curvatureOrder: "by-key" });
  const stepWith = (index: number): number[] => {
    using problem = twinProblem({ batchSize: 9 });
    const { model, loss, batches: [{ batch }] } = problem;
    using state = optimizer.init(model);
    optimizer.step(state, { model, loss, batch: { ...batch, key: randomKey(7, 5, index) } });
    return [...model.parameters.data];
  };
  equal(stepWith(1), stepWith(1));
  const several = new Set([0, 1, 2, 3, 4, 5].map((index) => stepWith(index).join()));
  ok(several.size > 1, "different keys draw different parts");
});

test("all evaluations of a step draw the same masks", () => {
  using model = sequential({ input: [3], seed: 3 }, [dense(6), dropout(0.5), tanh(), dense(3)]);
  using input = normal(randomKey(2), [8, 3]);
  using target = new Tensor("float32", [8]);
  target.data.forEach((_, n) => target.data[n] = n % 3);
  const problem = {
    model,
    loss: softmaxCrossEntropy(),
    batch: { input, target, key: randomKey(1) },
  };
  const optimizer = blockHessianFree({ initialDamping: 1e-3 });
  using state = optimizer.init(model);
  let before = Infinity;
  for (let step = 0; step < 8; step++) {
    const { loss } = optimizer.step(state, problem);
    ok(loss <= before, `step ${step}: ${loss} after ${before}`);
    before = loss;
  }
});

test("blockHessianFree() refuses options, partitions and batches that have no meaning", () => {
  const refuses = (options: unknown, kind: ErrorConstructor, pattern: RegExp): void =>
    throws(() => blockHessianFree(options as BlockHessianFreeOptions), kind, pattern);
  refuses({ mode: "fast" }, TypeError, /mode/);
  refuses({ partition: "layer" }, TypeError, /partition/);
  refuses({ partition: 0 }, RangeError, /number of blocks/);
  refuses({ partition: 1.5 }, RangeError, /number of blocks/);
  refuses({ partition: [[]] }, RangeError, /no site/);
  refuses({ partition: [[-1]] }, RangeError, /each site/);
  refuses({ maxIterations: 0 }, RangeError, /maxIterations/);
  refuses({ curvatureChunks: 0.5 }, RangeError, /curvatureChunks/);
  refuses({ curvatureOrder: "random" }, TypeError, /curvatureOrder/);
  refuses({ rescaling: "some" }, TypeError, /rescaling/);
  using problem = twinProblem({ batchSize: 2 });
  const { model, loss, batches: [{ batch }] } = problem;
  const starts = (rule: PartitionRule): Optimizer => blockHessianFree({ partition: rule });
  throws(() => starts(99).init(model), RangeError, /number of blocks/);
  throws(() => starts([[0]]).init(model), RangeError, /is in none/);
  throws(() => starts([[0, 1, 2], ["dense_1"]]).init(model), RangeError, /listed twice/);
  throws(() => starts([["dense_8"]]).init(model), RangeError, /no site "dense_8"/);
  for (const curvatureOrder of ["in-turn", "by-key"] as const) {
    const optimizer = blockHessianFree({ curvatureChunks: 3, curvatureOrder });
    using state = optimizer.init(model);
    const before = snapshot(model, state);
    throws(() => optimizer.step(state, { model, loss, batch }), RangeError, /2 samples/);
    sameSnapshot(snapshot(model, state), before, curvatureOrder);
  }
});
