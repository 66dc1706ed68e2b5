import {
  doubleDamping,
  powellLevenbergMarquardt,
} from "../../../src/optimizers/k_bfgs/bfgs_damping.ts";
import { scalePair } from "../../../src/optimizers/k_bfgs/pair_scale.ts";
import { dot, norm } from "../../../src/ops/vector.ts";
import { allNear, equal, near, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows } from "../../_support/twins.ts";
import { doubleDampingOracle, powellShiftOracle, randomSpd } from "../../oracles/bfgs.ts";
import { apply } from "../../oracles/matrices.ts";
import { uniform } from "../../oracles/symmetric_matrices.ts";
import { denseInverse, product, vector } from "./_factors.ts";

const N = 5;
const TRIALS = 300;
const MU1 = 0.2;

/** Random H, s, y and mu2 of every size. */
function trial(seed: number) {
  const h = randomSpd(N, uniform(seed), 0.05).map((row) => row.map(Math.fround));
  const [s, y] = randomRows(1000 + seed, 2, N);
  const mu2 = [0.01, 0.3, 0.9][seed % 3];
  return { h, s: s.map((x) => x * [1, 0.01][seed % 2]), y, mu2 };
}

test("double damping leaves sᵀy >= mu1 yᵀHy and then sᵀy >= mu2 sᵀs, equal where it acted", () => {
  const acted = { first: 0, second: 0, neither: 0 };
  for (let seed = 0; seed < TRIALS; seed++) {
    const { h, s, y, mu2 } = trial(seed);
    const factor = denseInverse(h), q = product(factor, y);
    const [dampedS, dampedY] = [vector(s), vector(y)];
    const { theta1, theta2 } = doubleDamping(dampedS, dampedY, vector(q), mu2);
    const expected = doubleDampingOracle(h, [s, y], mu2);
    const bound = identityBound("float64");
    allNear(dampedS.data, expected.pair[0], bound, "s");
    allNear(dampedY.data, expected.pair[1], bound, "y");
    ok(theta1 > 0 && theta1 <= 1 && theta2 >= 0 && theta2 <= 1, `${theta1}, ${theta2}`);
    const yHy = dot(vector(y), vector(q)), afterFirst = dot(dampedS, vector(y));
    ok(afterFirst >= MU1 * yHy * (1 - bound), "the first floor");
    if (theta1 < 1) near(afterFirst, MU1 * yHy, bound * yHy, "the first floor is reached");
    const ss = dot(dampedS, dampedS), after = dot(dampedS, dampedY);
    ok(after >= mu2 * ss * (1 - bound), "the second floor");
    if (theta2 < 1) near(after, mu2 * ss, bound * ss, "the second floor is reached");
    if (theta1 < 1) acted.first++;
    if (theta2 < 1) acted.second++;
    if (theta1 === 1 && theta2 === 1) acted.neither++;
  }
  ok(acted.first > 20 && acted.second > 20 && acted.neither > 20, JSON.stringify(acted));
});

test("the Levenberg-Marquardt shift adds mu2 sᵀs, whatever mu2", () => {
  for (let seed = 0; seed < TRIALS; seed++) {
    const { h, s, y } = trial(seed);
    for (const mu2 of [0.01, 0.9, 3]) {
      const q = product(denseInverse(h), y);
      const [dampedS, dampedY] = [vector(s), vector(y)];
      const { theta1, theta2 } = powellLevenbergMarquardt(dampedS, dampedY, vector(q), mu2);
      const expected = powellShiftOracle(h, [s, y], mu2);
      const bound = identityBound("float64");
      allNear(dampedS.data, expected.pair[0], bound, "s");
      allNear(dampedY.data, expected.pair[1], bound, "y");
      near(theta1, expected.theta1, bound, "theta1");
      equal(theta2, 1, "theta2");
      const sum = dot(dampedS, vector(y)) + mu2 * dot(dampedS, dampedS);
      near(dot(dampedS, dampedY), sum, bound * Math.abs(sum), "sᵀy");
    }
  }
});

test("damped pairs keep eigenvalues of the updated inverse within the proved bounds", () => {
  for (let seed = 0; seed < TRIALS; seed++) {
    const { h, s, y, mu2 } = trial(seed);
    const largest = (a: number[][]): number => {
      let v = a.map((_, i) => 1 + i / 10);
      for (let i = 0; i < 200; i++) {
        const w = apply(a, v), size = Math.hypot(...w);
        v = w.map((x) => x / size);
      }
      return Math.hypot(...apply(a, v));
    };
    for (const damp of [doubleDamping, powellLevenbergMarquardt]) {
      const factor = denseInverse(h), q = product(factor, y);
      const [dampedS, dampedY] = [vector(s), vector(y)];
      damp(dampedS, dampedY, vector(q), mu2);
      const ss = dot(dampedS, dampedS), sy = dot(dampedS, dampedY), yy = dot(dampedY, dampedY);
      ok(ss / sy <= (1 + identityBound("float64")) / mu2, "s~ᵀs~ / s~ᵀy~ <= 1 / mu2");
      factor.update(dampedS, dampedY);
      const updated = Array.from(
        { length: N },
        (_, i) => [...factor.matrix.data.slice(i * N, (i + 1) * N)],
      );
      const bound = (largest(h) * yy / sy + 1) / mu2;
      ok(largest(updated) <= bound, `lmax(H+) ${largest(updated)} above ${bound}`);
    }
  }
});

test("pairs of zeros are damped without NaN", () => {
  const zero = new Array(N).fill(0), one = randomRows(1, 1, N)[0];
  for (const damp of [doubleDamping, powellLevenbergMarquardt]) {
    for (const [s, y] of [[zero, zero], [one, zero], [zero, one]]) {
      const h = denseInverse(randomSpd(N, uniform(3), 0.1));
      const [dampedS, dampedY] = [vector(s), vector(y)];
      const { theta1, theta2 } = damp(dampedS, dampedY, vector(product(h, y)), 0.3);
      ok([theta1, theta2, ...dampedS.data, ...dampedY.data].every(Number.isFinite), "not finite");
    }
  }
});

test("scalePair() brings the length of s into [1, 2) by a power of two", () => {
  for (const dtype of DTYPES) {
    for (const size of [1e-20, 0.3, 1, 1.99, 2, 1e20]) {
      const [s, y] = [vector([0.6 * size, 0.8 * size], dtype), vector([3 * size, size], dtype)];
      const before = [...s.data, ...y.data];
      scalePair(s, y);
      ok(norm(s) >= 1 && norm(s) < 2, `${norm(s)}`);
      const factor = s.data[0] / before[0];
      equal([...s.data, ...y.data], before.map((x) => x * factor));
      ok(Number.isInteger(Math.log2(factor)), `${factor} is no power of two`);
    }
    const [s, y] = [vector([0, 0], dtype), vector([1, 2], dtype)];
    scalePair(s, y);
    equal([...s.data, ...y.data], [0, 0, 1, 2], "nothing to scale by");
  }
});
