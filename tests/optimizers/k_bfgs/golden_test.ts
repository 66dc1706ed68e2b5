// Vectors of 12 digits from an independent numpy implementation of both papers' formulas.
import { tensor } from "../../../mod.ts";
import {
  doubleDamping,
  powellLevenbergMarquardt,
} from "../../../src/optimizers/k_bfgs/bfgs_damping.ts";
import { actionOfFactor } from "../../../src/optimizers/k_bfgs/hessian_action.ts";
import { gemm } from "../../../src/ops/gemm.ts";
import { matrix } from "../../../src/ops/matrix.ts";
import { dot } from "../../../src/ops/vector.ts";
import { allNear, equal, near } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { GOLDEN_DIGITS } from "../../_support/tolerance.ts";
import { compactInverse, denseInverse, product, vector } from "./_factors.ts";

const H = [[2, 0.5, 0], [0.5, 1, 0.2], [0, 0.2, 0.5]];
const S = [0.3, -0.2, 0.1];
const Y = [-0.1, 0.4, 0.25];
const Q = [0, 0.4, 0.205];
const THETA1 = 0.570464135021;
const DAMPED_S = [0.171139240506, 0.057721518987, 0.145101265823];

const DAMPINGS = [
  {
    name: "double damping",
    damp: doubleDamping,
    mu2: 0.9,
    theta2: 0.469809836928,
    y: [0.043755358139, 0.218527316336, 0.194383723021],
    sy: 0.048307311665,
    h: [
      [2.429859993859, -0.109312333586, 0.456352907379],
      [-0.109312333586, 0.540085202237, -0.28561470931],
      [0.456352907379, -0.28561470931, 0.964833855117],
    ],
  },
  {
    name: "Powell's damping and the Levenberg-Marquardt shift",
    damp: powellLevenbergMarquardt,
    mu2: 0.3,
    theta2: 1,
    y: [-0.048658227848, 0.417316455696, 0.293530379747],
    sy: 0.058352437222,
    h: [
      [4.004918728579, -0.038398208604, 1.301520112377],
      [-0.038398208604, 0.408747563597, -0.390841842025],
      [1.301520112377, -0.390841842025, 1.265748576252],
    ],
  },
];

for (const { name, damp, mu2, theta2, y, sy, h } of DAMPINGS) {
  test(`${name} and the update after it give the golden vectors`, () => {
    const factor = denseInverse(H);
    const q = product(factor, Y);
    allNear(q, Q, GOLDEN_DIGITS, "H y");
    const [s, damped] = [vector(S), vector(Y)];
    const thetas = damp(s, damped, vector(q), mu2);
    near(thetas.theta1, THETA1, GOLDEN_DIGITS, "theta1");
    near(thetas.theta2, theta2, GOLDEN_DIGITS, "theta2");
    allNear(s.data, DAMPED_S, GOLDEN_DIGITS, "s");
    allNear(damped.data, y, GOLDEN_DIGITS, "y");
    near(dot(s, damped), sy, GOLDEN_DIGITS, "sᵀy");
    equal(factor.update(s, damped), true);
    allNear(factor.matrix.data, h.flat(), GOLDEN_DIGITS, "H");
  });
}

test("the compact inverse gives the golden product after it forgot its first pair", () => {
  const factor = compactInverse(3, 2);
  const pairs = [
    [[1, 0, 0.5], [2, 0.1, 0.3]],
    [[0, 1, -0.5], [0.1, 1.5, -0.2]],
    [[0.2, 0.3, 1], [0.4, 0.2, 0.9]],
  ];
  for (const [s, y] of pairs) equal(factor.update(vector(s), vector(y)), true);
  equal(factor.count, 2);
  const expected = [0.290655192539, 2.161118005154, 3.61279369106];
  allNear(product(factor, [1, 2, 3]), expected, GOLDEN_DIGITS);
});

test("the Hessian action, its update and the direction give the golden vectors", () => {
  const a = tensor([[1.5, 0.2, 0.4], [0.2, 1, 0.3], [0.4, 0.3, 1]], { dtype: "float64" });
  const factor = denseInverse([[1 / 1.6, 0, 0], [0, 1 / 1.1, 0], [0, 0, 1 / 1.1]]);
  const s = vector(product(factor, [0.4, 0.3, 1])), y = vector([0, 0, 0]);
  actionOfFactor(a, 0.1, s, y);
  allNear(s.data, [0.25, 0.272727272727, 0.909090909091], GOLDEN_DIGITS, "s");
  allNear(y.data, [0.818181818182, 0.622727272727, 1.181818181818], GOLDEN_DIGITS, "y");
  equal(factor.update(s, y), true);
  const updated = [
    [0.552422316368, -0.080601781511, -0.128436818766],
    [-0.080601781511, 0.81960591838, -0.145298808254],
    [-0.128436818766, -0.145298808254, 0.934709861957],
  ];
  allNear(factor.matrix.data, updated.flat(), GOLDEN_DIGITS, "H_a");
  const outputs = denseInverse([[1, 0.2], [0.2, 0.5]]);
  const m = tensor([[0, 0.1, 0.2], [0.3, 0.4, 0.5]], { dtype: "float64" });
  const half = tensor([[0, 0, 0], [0, 0, 0]], { dtype: "float64" });
  const direction = tensor([[0, 0, 0], [0, 0, 0]], { dtype: "float64" });
  outputs.multiplyMatrix(matrix(m), half);
  gemm(matrix(half), matrix(factor.matrix), direction);
  const expected = [
    [-0.01989402732, 0.099103315942, 0.246552963975],
    [0.027884278081, 0.126086380423, 0.219834599337],
  ];
  allNear(direction.data, expected.flat(), GOLDEN_DIGITS, "direction");
});
