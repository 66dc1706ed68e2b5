import { diagonal, memoryUsage, randomKey, tensor, zeros } from "../../../mod.ts";
import {
  denseOperator,
  identityOperator,
  lanczos,
  linearOperator,
  powerIteration,
  stochasticLanczosQuadrature,
} from "../../../operators.ts";
import { allNear, equal, near, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound, samplingBound, unitRoundoff } from "../../_support/tolerance.ts";
import { asTensor, inner, square, times } from "../../oracles/dense_algebra.ts";
import { withEigenvalues } from "../../oracles/symmetric_matrices.ts";
import { DTYPES } from "../operators/_cases.ts";

const N = 60;
/** Two clusters: three quarters of the eigenvalues near 1, a quarter near 10. */
const CLUSTERS = Array.from(
  { length: N },
  (_, i) => i < 3 * N / 4 ? 1 + i / (10 * N) : 10 + i / (10 * N),
);

test("lanczos() gives an orthonormal basis in which the operator is tridiagonal", () => {
  const rows = square(withEigenvalues(CLUSTERS, 1)), steps = 25;
  for (const dtype of DTYPES) {
    using stored = asTensor(rows, dtype);
    using found = lanczos(denseOperator(stored, { isSymmetric: true }), {
      steps,
      start: randomKey(1),
    });
    const { diagonal: alpha, offDiagonal: beta, basis } = found;
    equal([alpha.length, beta.length, basis.shape], [steps, steps - 1, [steps, N]]);
    const v = Array.from({ length: steps }, (_, i) => basis.data.slice(i * N, (i + 1) * N));
    // Twice orthogonalized in the dtype; T inherits the product's error.
    const bound = 10 * N * unitRoundoff(dtype);
    for (let i = 0; i < steps; i++) {
      for (let j = 0; j < steps; j++) {
        near(inner(v[i], v[j]), i === j ? 1 : 0, bound, `V Vᵀ (${i}, ${j})`);
        const expected = i === j ? alpha[i] : Math.abs(i - j) === 1 ? beta[Math.min(i, j)] : 0;
        near(inner(v[i], times(rows, v[j])), expected, 11 * bound, `V A Vᵀ (${i}, ${j})`);
      }
    }
  }
});

test("lanczos() ends when the Krylov space is exhausted", () => {
  using d = tensor([1, 1, 2, 2, 3], { dtype: "float64" });
  using start = tensor([1, 1, 1, 0, 0], { dtype: "float64" });
  using found = lanczos(diagonal(d), { start });
  equal(found.basis.shape, [2, 5]);
  near(found.diagonal[0] + found.diagonal[1], 3, identityBound("float64"));
  using one = lanczos(identityOperator(7), { start: randomKey(1) });
  equal([one.diagonal.length, one.offDiagonal.length], [1, 0]);
});

test("stochasticLanczosQuadrature() has the moments and the masses of a known spectrum", () => {
  const samples = 20;
  for (const dtype of DTYPES) {
    using stored = asTensor(square(withEigenvalues(CLUSTERS, 2)), dtype);
    const { nodes, weights } = stochasticLanczosQuadrature(
      denseOperator(stored, { isSymmetric: true }),
      { samples, steps: 20, key: randomKey(4) },
    );
    const sum = (f: (x: number) => number): number =>
      nodes.reduce((total, node, i) => total + weights[i] * f(node), 0);
    near(sum(() => 1), 1, identityBound("float64"), "total mass");
    // A quadratic form in a random direction has the variance 2 var(f) / (n + 2).
    for (const f of [(x: number) => x, (x: number) => x * x, (x: number) => x > 5 ? 1 : 0]) {
      const exact = CLUSTERS.reduce((total, x) => total + f(x), 0) / N;
      const variance = CLUSTERS.reduce((total, x) => total + (f(x) - exact) ** 2, 0) / N;
      near(sum(f), exact, samplingBound(samples, Math.sqrt(2 * variance / (N + 2))), `${f}`);
    }
    equal([...nodes], [...nodes].sort((x, y) => x - y), "order");
  }
});

test("as many steps as there are eigenvalues give each its place and its mass", () => {
  using d = tensor([2, 2, 2, 5, 5, 9], { dtype: "float64" });
  const { nodes, weights } = stochasticLanczosQuadrature(diagonal(d), {
    samples: 1,
    key: randomKey(5),
  });
  allNear(nodes, [2, 5, 9], identityBound("float64"), "nodes");
  near(weights.reduce((sum, x) => sum + x, 0), 1, identityBound("float64"), "mass");
});

test("powerIteration() finds the eigenvalue of largest magnitude, of either sign", () => {
  const eigenvalues = CLUSTERS.map((x, i) => i === 7 ? -25 : x);
  for (const dtype of DTYPES) {
    const rows = square(withEigenvalues(eigenvalues, 3));
    using stored = asTensor(rows, dtype);
    const found = powerIteration(denseOperator(stored, { isSymmetric: true }), {
      key: randomKey(6),
    });
    using vector = found.vector;
    equal(found.status, "converged");
    // For a symmetric matrix the error of the value is at most the residual.
    near(found.value, -25, found.residualNorm + 25 * N * unitRoundoff(dtype), "value");
    near(inner(vector.data, vector.data), 1, identityBound(dtype), "norm");
  }
});

test("powerIteration() says how it ended", () => {
  using tie = tensor([3, -3, 1]);
  using nothing = zeros([3]);
  const poisoned = linearOperator({
    size: 3,
    dtype: "float32",
    isSymmetric: true,
    apply: (_, out) => out.data.fill(NaN),
  });
  const { liveBytes } = memoryUsage();
  const run = (op: Parameters<typeof powerIteration>[0]): [string, number] => {
    const { status, iterations, vector } = powerIteration(op, {
      key: randomKey(1),
      maxIterations: 50,
    });
    ok(vector.data.every((x) => Math.abs(x) < Infinity), "a finite vector");
    vector.dispose();
    return [status, iterations];
  };
  equal(run(diagonal(tie)), ["max-iterations", 50]);
  equal(run(diagonal(nothing)), ["converged", 1]);
  equal(run(poisoned), ["non-finite", 1]);
  equal(memoryUsage().liveBytes, liveBytes);
});

test("spectral estimators refuse what they cannot use, and leave no memory behind", () => {
  using a = tensor([[1, 2], [3, 4]]);
  using d = tensor([1, 2]);
  using zero = zeros([2]);
  const plain = denseOperator(a), key = randomKey(1), { liveBytes } = memoryUsage();
  throws(() => lanczos(plain, { start: key }), TypeError, /declare/);
  throws(() => stochasticLanczosQuadrature(plain, { key }), TypeError, /declare/);
  throws(() => powerIteration(plain, { key }), TypeError, /declare/);
  throws(() => lanczos(diagonal(d), { start: key, steps: 3 }), RangeError, /from 1 to 2, not 3/);
  throws(() => lanczos(diagonal(d), { start: zero }), RangeError, /norm 0/);
  throws(() => lanczos(diagonal(d), { start: key, steps: 0.5 }), RangeError, /whole/);
  equal(memoryUsage().liveBytes, liveBytes);
});
