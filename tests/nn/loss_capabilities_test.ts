// What a loss can do decides what is done with it, never what it is called.
import {
  defineLoss,
  dense,
  gaussNewtonMatrix,
  huber,
  kfac,
  lastStep,
  levenbergMarquardt,
  type Loss,
  type LossDefinition,
  lstm,
  type Optimizer,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  Tensor,
  tensor,
  welsch,
} from "../../mod.ts";
import { checkLoss } from "../../layers.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { DAMPED_STEP_BOUND, identityBound, TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import { LOSSES } from "./_losses.ts";
import { ROUND } from "./_own.ts";

/** ½‖M (z - y)‖², M upper triangular with rows (2, 1, 0), (0, 2, 1), (0, 0, 2): H = MᵀM, S = Mᵀ. */
const MIXED: LossDefinition = {
  name: "mixedSquares",
  isConvex: true,
  value: (z, y) => residualsOf(z, y).reduce((sum, r) => sum + r * r / 2, 0),
  gradient: (z, y, g) => pullBack(residualsOf(z, y), g),
  hessianProduct: (_z, _y, u, out) => pullBack(residualsOf(u, u.map(() => 0)), out),
  hessianRoot: (_z, _y, c, s) => {
    s[c] = 2;
    if (c + 1 < s.length) s[c + 1] = 1;
  },
  residuals: (z, y, r) => r.set(residualsOf(z, y)),
};

function residualsOf(z: ArrayLike<number>, y: ArrayLike<number>): number[] {
  const at = (i: number): number => i < z.length ? z[i] - y[i] : 0;
  return Array.from(z, (_, i) => 2 * at(i) + at(i + 1));
}

function pullBack(r: readonly number[], out: Float32Array | Float64Array): void {
  r.forEach((value, i) => {
    out[i] += 2 * value;
    if (i + 1 < out.length) out[i + 1] += value;
  });
}

/** Softmax cross-entropy as a user would write it: a Hessian diag p - p pᵀ without a column to spare. */
const OWN_SOFTMAX: LossDefinition = {
  name: "ownSoftmax",
  isConvex: true,
  targetShape: () => [],
  value: (z, y) => -Math.log(softmax(z)[y[0]]),
  gradient: (z, y, g) => softmax(z).forEach((p, i) => g[i] = p - (i === y[0] ? 1 : 0)),
  hessianProduct: (z, _y, u, out) => {
    const p = softmax(z), mean = p.reduce((sum, each, i) => sum + each * u[i], 0);
    p.forEach((each, i) => out[i] = each * (u[i] - mean));
  },
};

function softmax(z: ArrayLike<number>): number[] {
  const powers = Array.from(z, (each) => Math.exp(each));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((each) => each / sum);
}

/** The sum of a term for each output. */
function sumOver(z: ArrayLike<number>, term: (v: number, i: number) => number): number {
  return Array.from(z, term).reduce((sum, each) => sum + each, 0);
}

const { hessianRoot: _root, residuals: _residuals, ...ROOTLESS } = MIXED;

const FORMS = ["primal", "dual", "lsmr", "square-root"] as const;

/** Parameters after four steps. */
function trained(loss: Loss, optimizer: Optimizer, targets?: readonly number[]): number[] {
  using model = sequential({ input: [2], seed: 3, dtype: "float64" }, [dense(4), tanh(), dense(3)]);
  using input = tensorOf(randomRows(1, 4, 2), "float64");
  using target = targets
    ? tensor([...targets], { dtype: "float64" })
    : tensorOf(randomRows(2, 4, 3), "float64");
  using state = optimizer.init(model);
  for (let i = 0; i < 4; i++) optimizer.step(state, { model, loss, batch: { input, target } });
  return [...model.parameters.data];
}

/** Solves of LSMR as near as float64 allows. */
const EXACT = { lsmr: { solverTolerance: 1e-13, maxIterations: 1000 } };

const lm = (options: object) => levenbergMarquardt({ initialDamping: 0.1, ...options });

test("a loss of one's own that is called squaredError trains as under any other name", () => {
  for (const definition of [ROUND, MIXED]) {
    for (const form of ["primal", "dual", "lsmr"] as const) {
      const named = trained(defineLoss({ ...definition, name: "squaredError" }), lm({ form }));
      equal(named, trained(defineLoss(definition), lm({ form })), `${definition.name}, ${form}`);
    }
  }
});

test("every form of levenbergMarquardt() takes the same steps of a loss of one's own with residuals, bent ones too", () => {
  for (const l2 of [0, 0.01]) {
    for (const acceleration of [0, 0.75]) {
      const steps = (form: typeof FORMS[number]) =>
        trained(
          defineLoss(MIXED),
          lm({ form, l2, acceleration, ...EXACT }),
        );
      const expected = steps("primal");
      for (const form of FORMS.slice(1)) {
        allNear(steps(form), expected, DAMPED_STEP_BOUND, `${form}, l2 ${l2}, ${acceleration}`);
      }
    }
  }
});

test("the square-root form takes steps of ½‖z - y‖² of one's own as those of squaredError()", () => {
  const own = defineLoss({
    name: "ownSquares",
    isConvex: true,
    value: (z, y) => sumOver(z, (v, i) => (v - y[i]) * (v - y[i]) / 2),
    gradient: (z, y, g) => z.forEach((v, i) => g[i] = v - y[i]),
    hessianProduct: (_z, _y, u, out) => out.set(u),
    hessianRoot: (_z, _y, c, s) => void (s[c] = 1),
    residuals: (z, y, r) => z.forEach((v, i) => r[i] = v - y[i]),
  });
  for (const form of FORMS) {
    const optimizer = lm({ form, ...EXACT });
    const [found, expected] = [own, squaredError()].map((loss) => trained(loss, optimizer));
    allNear(found, expected, DAMPED_STEP_BOUND, form);
  }
});

test("a convex loss of one's own without a root has one, also where its Hessian has not full rank", () => {
  for (const dtype of DTYPES) {
    const spread = [[0, 0, 0], [0.5, -1, 2], [-9, 3, 4], [1, -30, -25]];
    const rates = defineLoss({
      name: "rates",
      isConvex: true,
      value: (z, y) => sumOver(z, (v, i) => Math.exp(v) - y[i] * v),
      gradient: (z, y, g) => z.forEach((v, i) => g[i] = Math.exp(v) - y[i]),
      hessianProduct: (z, _y, u, out) => z.forEach((v, i) => out[i] = Math.exp(v) * u[i]),
    });
    using classes = tensor([0, 1, 2, 0], { dtype });
    using counts = tensor(spread.map((row) => row.map(Math.abs)), { dtype });
    using z = tensor(spread, { dtype });
    using mixed = tensor(spread.map((row) => row.map((v) => -v)), { dtype });
    const cases = [
      [defineLoss(OWN_SOFTMAX), classes],
      [rates, counts],
      [defineLoss(ROOTLESS), mixed],
    ] as [Loss, Tensor][];
    for (const [loss, target] of cases) {
      using work = new Tensor(dtype, z.shape);
      using column = new Tensor(dtype, z.shape);
      const root = loss.hessianRoot!(z, target, work);
      const columns = [0, 1, 2].map((c) => {
        root(c, column);
        return [...column.data];
      });
      for (let j = 0; j < 3; j++) {
        using unit = tensor(spread.map(() => [0, 1, 2].map((i) => i === j ? 1 : 0)), { dtype });
        loss.hessianProduct(z, target, unit, work);
        for (let n = 0; n < spread.length; n++) {
          const own = [...work.data].slice(3 * n, 3 * n + 3);
          const made = own.map((_, i) =>
            columns.reduce((sum, s) => sum + s[3 * n + i] * s[3 * n + j], 0)
          );
          allNear(made, own, 4 * identityBound(dtype), `${loss.name}, ${dtype}, sample ${n}`);
        }
      }
    }
  }
});

test("a derived root opens dual, lsmr and exact K-FAC to a loss of one's own", () => {
  const classes = [0, 2, 1, 2];
  const methods = [
    lm({ form: "dual" }),
    lm({ form: "lsmr", ...EXACT }),
    kfac({ fisher: "exact" }),
  ];
  for (const optimizer of methods) {
    const [found, expected] = [defineLoss(OWN_SOFTMAX), softmaxCrossEntropy()]
      .map((loss) => trained(loss, optimizer, classes));
    allNear(found, expected, TRAJECTORY_BOUND * 10, optimizer.name);
  }
});

test("a Hessian that is not what isConvex says is refused where its root is asked for", () => {
  const bent = defineLoss({
    ...ROUND,
    hessianProduct: (_z, _y, u, out) => u.forEach((v, i) => out[i] = i === 1 ? -v : v),
  });
  const step = () => trained(bent, lm({ form: "dual" }));
  throws(step, RangeError, /root of the Hessian of round: it is not positive.* at sample 0/);
});

test("messages tell a loss that is not convex from one without a root of its Hessian", () => {
  const { hessianRoot: _, residuals: __, ...rootless } = squaredError();
  const plain = { ...rootless, name: "rootless" };
  const { residuals: ___, ...squares } = squaredError();
  const without = /rootless is convex, but has no root of its Hessian, hessianRoot\(\)/;
  const needing = [
    lm({ form: "dual" }),
    lm({ form: "lsmr" }),
    lm({ form: "square-root" }),
    lm({ form: "primal", primal: { assembly: "jacobian" } }),
    kfac({ fisher: "exact" }),
  ];
  for (const optimizer of needing) {
    throws(() => trained(plain, optimizer), TypeError, without);
    throws(() => trained(welsch(), optimizer), TypeError, /welsch is not convex/);
  }
  using model = sequential({ input: [2] }, [dense(3)]);
  using input = tensorOf(randomRows(1, 4, 2), "float32");
  using target = tensorOf(randomRows(2, 4, 3), "float32");
  using lin = model.linearize(plain, { input, target });
  throws(() => gaussNewtonMatrix(lin, { assembly: "jacobian" }), TypeError, without);
  const unsquare = () => trained(squares, lm({ form: "square-root" }));
  throws(unsquare, TypeError, /squaredError has no residuals/);
});

test("defineLoss() refuses roots, residuals and settings that do not go together", () => {
  const refused: [Partial<LossDefinition>, RegExp][] = [
    [{ isConvex: false }, /has a root of its Hessian, but is not convex/],
    [{ hessianRoot: undefined as never }, /the residuals of mixedSquares need its hessianRoot\(\)/],
    [{ hessianRoot: 1 as never }, /hessianRoot must be a function/],
    [{ residuals: 1 as never }, /residuals must be a function/],
    [{ isSumOverSteps: 1 as never }, /isSumOverSteps must be true or false/],
    [{ version: {} as never }, /the version must be a number or a string/],
    [{ options: 3 as never }, /options must be an object of plain data/],
    [
      { options: { rate: () => 1 } as never },
      /options.rate must be plain data, not the function rate/,
    ],
    [{ options: { at: new Date(0) } as never }, /options.at must be plain data, not a Date/],
  ];
  for (const [change, pattern] of refused) {
    throws(() => defineLoss({ ...MIXED, ...change }), TypeError, pattern);
  }
  const cycle: Record<string, unknown> = {};
  cycle.itself = cycle;
  throws(() => defineLoss({ ...MIXED, options: cycle as never }), TypeError, /without cycles/);
  const options = { width: 2 };
  const loss = defineLoss({ ...MIXED, options });
  options.width = 3;
  equal(loss.options, { width: 2 }, "they are copied");
});

const ALL: readonly Loss[] = [
  ...Object.values(LOSSES).map(({ loss }) => loss),
  defineLoss(MIXED),
  defineLoss({ ...ROUND, isSumOverSteps: true }),
];

const [SAMPLES, STEPS, WIDTH] = [2, 3, 2];

function sequences() {
  const rows = randomRows(5, SAMPLES * STEPS, WIDTH);
  const shape = [SAMPLES, STEPS, WIDTH];
  const targets = randomRows(6, SAMPLES * STEPS, WIDTH).flat().map((x) => Math.abs(x) % 1);
  return {
    z: tensor(rows.flat(), { shape, dtype: "float64" }),
    y: tensor(targets, { shape, dtype: "float64" }),
  };
}

test("losses say truly whether they are sums over steps, and checkLoss() finds out who does not", () => {
  const { z, y } = sequences();
  for (const loss of ALL) {
    const [whole, alone] = [
      loss.evaluate(z, y),
      loss.evaluate(z.view([SAMPLES * STEPS, WIDTH]), y.view([SAMPLES * STEPS, WIDTH])),
    ];
    const isSum = Math.abs(whole - alone) <= identityBound("float64") * Math.abs(alone);
    equal(loss.isSumOverSteps ?? false, isSum, loss.name);
    ok(checkLoss(loss, { output: [STEPS, WIDTH] }).isSound, loss.name);
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    const claimed = { ...loss, isSumOverSteps: true };
    const { isSound } = checkLoss(claimed, { output: [STEPS, WIDTH], print });
    equal(isSound, isSum, printed.join());
  }
  z.dispose();
  y.dispose();
});

test("checkLoss() names a wrong root, wrong residuals and a Hessian that is not the identity", () => {
  const wrong: [Loss, RegExp][] = [
    [defineLoss({ ...MIXED, hessianRoot: (_z, _y, c, s) => void (s[c] = 2) }), /no root of the/],
    [
      defineLoss({ ...MIXED, residuals: (z, y, r) => r.set(residualsOf(z, y).map((x) => 2 * x)) }),
      /not half the sum of the squares.*factor 4|a factor 4/s,
    ],
    [
      defineLoss({ ...MIXED, residuals: (z, y, r) => r.set(residualsOf(z, y).map((x) => -x)) }),
      /times the residuals is not the gradient.*the sign is wrong/,
    ],
    [{ ...huber(), hasUnitHessian: true }, /the Hessian is not the identity/],
  ];
  for (const [loss, pattern] of wrong) {
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    using target = tensor([[9, -9, 9]], { dtype: "float64" });
    checkLoss(loss, { output: [3], target, print });
    ok(pattern.test(printed.join("\n")), `${loss.name}: ${printed.join("\n")}`);
  }
  ok(checkLoss(defineLoss(MIXED), { output: [3] }).isSound, "the right one");
});

test("lengths that are all full change no bit of any loss, whatever its targets", () => {
  const { z: _z, y } = sequences();
  const last = defineLoss({
    name: "lastOnly",
    isConvex: true,
    targetShape: () => [1],
    value: (z, t) => (z[z.length - 1] - t[0]) * (z[z.length - 1] - t[0]) / 2,
    gradient: (z, t, g) => g[z.length - 1] = z[z.length - 1] - t[0],
    hessianProduct: (z, _t, u, out) => out[z.length - 1] = u[z.length - 1],
  });
  using single = tensor([[0.5], [0.25]], { dtype: "float64" });
  using model = sequential({ input: [STEPS, 1], seed: 1, dtype: "float64" }, [lstm(WIDTH)]);
  using input = tensor([0.3, -0.8, 1.2, 0.5, 0.1, -2], { shape: [2, 3, 1], dtype: "float64" });
  for (const loss of [...ALL, last]) {
    const target = loss === last ? single : y;
    const [found, expected] = [[STEPS, STEPS], undefined].map((lengths) => {
      using lin = model.linearize(loss, { input, target, lengths });
      using gradient = lin.gradient();
      using product = lin.hvp(gradient);
      return [lin.loss, ...gradient.data, ...product.data, lin.outputCount];
    });
    equal(found, expected, loss.name);
  }
  _z.dispose();
  y.dispose();
});

test("a loss that is no sum over steps refuses unequal lengths by name, but for the last step alone", () => {
  const { z, y } = sequences();
  using input = tensor([0.3, -0.8, 1.2, 0.5, 0.1, -2], { shape: [2, 3, 1], dtype: "float64" });
  using model = sequential({ input: [STEPS, 1], seed: 1, dtype: "float64" }, [lstm(WIDTH)]);
  using ending = sequential({ input: [STEPS, 1], dtype: "float64" }, [lstm(WIDTH), lastStep()]);
  using target = tensor([[0.5, 0.25], [0.25, 0.5]], { dtype: "float64" });
  for (const loss of ALL) {
    const lengths = [2, 3];
    using lin = ending.linearize(loss, { input, target, lengths });
    ok(lin.loss > 0, loss.name);
    const linearize = () => model.linearize(loss, { input, target: y, lengths });
    if (loss.isSumOverSteps) linearize().dispose();
    else {
      const pattern = new RegExp(`Cannot evaluate ${loss.name} on sequences of unequal lengths`);
      throws(linearize, TypeError, pattern);
    }
  }
  z.dispose();
  y.dispose();
});

/** More than engines take to compile what is hot. */
const HOT_ROUNDS = 2000;

test("functions of a loss of one's own write to their own sample, however often they run", () => {
  const loss = defineLoss(MIXED);
  using z = tensor([[1, 2, 3], [4, 5, 7], [-1, 2, 0.5]], { dtype: "float64" });
  using y = tensor([[0, 1, 0], [2, 2, 2], [0, 0, 0]], { dtype: "float64" });
  using out = new Tensor("float64", [3, 3]);
  using work = new Tensor("float64", [3, 3]);
  const resultsOf = (): string => {
    const results = [loss.evaluate(z, y, out), ...out.data];
    loss.hessianProduct(z, y, z, out);
    results.push(...out.data);
    loss.residuals!(z, y, out);
    results.push(...out.data);
    const root = loss.hessianRoot!(z, y, work);
    for (const c of [0, 1, 2]) {
      using column = new Tensor("float64", [3, 3]);
      root(c, column);
      results.push(...column.data);
    }
    return results.join();
  };
  const first = resultsOf();
  for (let i = 0; i < HOT_ROUNDS; i++) equal(resultsOf(), first, `round ${i}`);
});
