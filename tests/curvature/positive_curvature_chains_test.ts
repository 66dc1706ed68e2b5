// Which networks and criteria a positive-curvature Hessian can be made of, and how others are refused.
import {
  concatenation,
  conv2d,
  dense,
  dropout,
  flatten,
  hessian,
  identity,
  type Layer,
  type Linearization,
  type Loss,
  memoryUsage,
  NonFiniteError,
  positiveCurvatureHessian,
  relu,
  reshape,
  residual,
  sequential,
  sigmoid,
  softplus,
  squaredError,
  tanh,
  tensor,
} from "../../mod.ts";
import { exactPositiveCurvature, preActivationHessians } from "../../operators.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { RECURSION_BOUND } from "../_support/tolerance.ts";
import { randomRows, tensorOf } from "../_support/twins.ts";
import type { Rows } from "../oracles/matrices.ts";

const [SAMPLES, INPUTS, OUTPUTS] = [3, 4, 2];

/** Runs `body` on a linearized network in float64. */
function linearized(
  layers: readonly Layer[],
  loss: Loss,
  body: (lin: Linearization) => void,
  input: readonly number[] = [INPUTS],
): void {
  using model = sequential({ input, seed: 2, dtype: "float64" }, layers);
  using flat = tensorOf(randomRows(3, SAMPLES, INPUTS), "float64");
  using target = tensorOf(randomRows(4, SAMPLES, OUTPUTS), "float64");
  using lin = model.linearize(loss, { input: flat.view([SAMPLES, ...input]), target });
  body(lin);
}

/** The diagonal blocks of the Hessian that `hessian()` has. */
function checkBlocks(lin: Linearization): void {
  using full = hessian(lin).toDense();
  using operator = exactPositiveCurvature(lin, { projection: "none" });
  using own = operator.toDense();
  const [expected, found] = [full, own].map((t) => t.toArray() as Rows);
  for (const { offset, weight: { size } } of lin.sites) {
    const block = (rows: Rows): number[] =>
      rows.slice(offset, offset + size).flatMap((row) => row.slice(offset, offset + size));
    allNear(block(found), block(expected), RECURSION_BOUND.float64);
  }
}

const CHAINS: Readonly<Record<string, readonly Layer[]>> = {
  "activations in a row": [dense(3), tanh(), softplus(), sigmoid(), dense(OUTPUTS)],
  "an activation after the last site": [dense(3), tanh(), dense(OUTPUTS), sigmoid()],
  "two activations after the last site": [dense(OUTPUTS), tanh(), softplus()],
  "changes of shape": [
    reshape([2, 2]),
    flatten(),
    dense(4),
    reshape([2, 2]),
    tanh(),
    flatten(),
    dense(OUTPUTS),
  ],
  "dropout that draws nothing": [dense(3), dropout(0.5), tanh(), dense(OUTPUTS)],
  "sites without biases": [dense(3, { bias: false }), tanh(), dense(OUTPUTS, { bias: false })],
  "activations before the first site": [tanh(), dense(3), identity(), dense(OUTPUTS)],
};

for (const [name, layers] of Object.entries(CHAINS)) {
  test(`positive-curvature Hessians of ${name} are the Hessian's blocks when nothing is projected`, () => {
    linearized(layers, squaredError(), checkBlocks);
  });
}

/** ¼ Σ (z² - 1)², which bends downwards between ±0.57; anybody's own loss. */
const DOUBLE_WELL: Loss = {
  name: "doubleWell",
  isConvex: false,
  checkTarget: () => {},
  evaluate: (z, _y, gradient) => {
    const { data } = z, out = gradient?.data;
    for (let i = 0; out && i < data.length; i++) out[i] = data[i] * (data[i] ** 2 - 1);
    return [...data].reduce((sum, v) => sum + (v * v - 1) ** 2 / 4, 0);
  },
  hessianProduct: (z, _y, u, out) => {
    for (const [i, v] of z.data.entries()) out.data[i] = (3 * v * v - 1) * u.data[i];
  },
};

test("a loss of the user's own is projected by eigendecomposition", () => {
  linearized([dense(3), tanh(), dense(OUTPUTS)], DOUBLE_WELL, (lin) => {
    checkBlocks(lin);
    using found = preActivationHessians(lin, { projection: "abs" });
    const z = lin.output.data;
    ok(z.some((v) => 3 * v * v < 1), "the example bends downwards");
    for (let n = 0; n < SAMPLES; n++) {
      const [first, second] = [z[2 * n], z[2 * n + 1]].map((v) => Math.abs(3 * v * v - 1));
      const own = found.sites[1].data.slice(4 * n, 4 * n + 4);
      allNear(own, [first, 0, 0, second], RECURSION_BOUND.float64);
    }
  });
});

const REFUSED: Readonly<
  Record<string, [layers: readonly Layer[], pattern: RegExp, input?: number[]]>
> = {
  "a convolution": [
    [conv2d(2, { kernel: 2 }), relu(), flatten(), dense(OUTPUTS)],
    /"conv2d_1".*supported are dense sites/,
    [2, 2, 1],
  ],
  "a concatenation": [
    [dense(4), tanh(), concatenation([[], [dense(4), tanh()]]), dense(OUTPUTS)],
    /"dense_1" does not lead to the next.*supported are dense sites/,
  ],
  "a residual branch": [
    [dense(4), residual([dense(4), tanh()]), dense(OUTPUTS)],
    /"dense_1" does not lead to the next.*supported are dense sites/,
  ],
};

for (const [name, [layers, pattern, input]] of Object.entries(REFUSED)) {
  test(`${name} is refused by the name of its site, and what is supported`, () => {
    linearized(layers, squaredError(), (lin) => {
      void lin.sites;
      const { liveBytes } = memoryUsage();
      for (
        const make of [positiveCurvatureHessian, preActivationHessians, exactPositiveCurvature]
      ) {
        throws(() => make(lin), TypeError, pattern);
      }
      equal(memoryUsage().liveBytes, liveBytes, "live bytes");
    }, input);
  });
}

test("options without a meaning are refused", () => {
  linearized([dense(OUTPUTS)], squaredError(), (lin) => {
    const wrong = (options: object, pattern: RegExp): void =>
      throws(() => positiveCurvatureHessian(lin, options), TypeError, pattern);
    wrong({ projection: "positive" }, /"none", "zero", "clip" or "abs", not "positive"/);
    wrong({ expectation: "max" }, /expectation must be "mean" or "second-moment"/);
    wrong({ inputs: 3 }, /inputs must be "mean" or "second-moment", not 3/);
    wrong({ bias: true }, /bias must be "separate" or "joint"/);
    wrong({ batch: 1 }, /no option "batch"/);
    throws(() => preActivationHessians(lin, { projection: "up" as "abs" }), TypeError, /"up"/);
  });
});

test("a criterion's Hessian that is not finite is named, and nothing stays allocated", () => {
  const broken: Loss = {
    ...DOUBLE_WELL,
    hessianProduct: (_z, _y, _u, out) => void out.data.fill(NaN),
  };
  linearized([dense(OUTPUTS)], broken, (lin) => {
    void lin.sites;
    const { liveBytes } = memoryUsage();
    throws(() => positiveCurvatureHessian(lin), NonFiniteError, /the Hessian of doubleWell/);
    throws(() => preActivationHessians(lin), NonFiniteError, /the Hessian of doubleWell/);
    equal(memoryUsage().liveBytes, liveBytes, "live bytes");
  });
});

test("a loss without Hessian products makes no linearization", () => {
  const { hessianProduct: _, ...without } = DOUBLE_WELL;
  throws(
    () => linearized([dense(OUTPUTS)], without as Loss, () => {}),
    TypeError,
    /hessianProduct/,
  );
});

test("dead units leave curvature that is zero where they are", () => {
  using model = sequential({ input: [1] }, [dense(2), relu(), dense(1)]);
  model.parameters.data.set([1, -9, 1, -9, 1, 1, 0]);
  using input = tensor([[1], [2]]);
  using target = tensor([[1], [1]]);
  using lin = model.linearize(squaredError(), { input, target });
  using found = positiveCurvatureHessian(lin);
  equal([...found.hessians[0].data], [0, 0, 0, 0]);
});
