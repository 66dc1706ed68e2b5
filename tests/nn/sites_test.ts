import { tensor } from "../../mod.ts";
import { allNear, equal, near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  identityBound,
  SECOND_DIFFERENCE_BOUND,
  SECOND_DIFFERENCE_STEP,
} from "../_support/tolerance.ts";
import { DTYPES, LOSS_CASES, randomRows, tensorOf, twin } from "../_support/twins.ts";
import {
  columnMeans,
  kronecker,
  multiply,
  outer,
  secondMoment,
  transpose,
} from "../oracles/matrices.ts";
import { evaluate, forward, unflatten } from "../oracles/mlp.ts";

const LAYERS = [
  { units: 5, activation: "tanh" },
  { units: 4, activation: "relu", bias: false },
  { units: 3 },
] as const;

for (const batchSize of [1, 9]) {
  test(`sites hand out inputs, outputs and per-sample output gradients of ${batchSize} samples`, () => {
    for (const dtype of DTYPES) {
      const { model, net, weights } = twin({ inputs: 4, layers: LAYERS, dtype });
      const { loss, oracle, targets } = LOSS_CASES.softmaxIndices;
      const x = randomRows(1, batchSize, 4), { given, dense } = targets(2, batchSize, 3);
      using input = tensorOf(x, dtype);
      using target = tensor(given, { dtype });
      using lin = model.linearize(loss, { input, target });
      const expected = evaluate(net, oracle, weights(), x, dense);
      using gradient = lin.gradient();
      const bound = identityBound(dtype);
      equal(lin.sites.map(({ name }) => name), ["dense_1", "dense_2", "dense_3"]);
      for (const [i, site] of lin.sites.entries()) {
        const { inputs, outputs, outputGradients } = expected.sites[i];
        allNear(site.inputs.toArray().flat(), inputs.flat(), bound, `${site.name} A`);
        allNear(site.outputs.data, outputs.flat(), bound, `${site.name} Z`);
        allNear(site.outputGradients.data, outputGradients.flat(), bound, `${site.name} G`);
        equal([site.positions, site.hasBias], [1, i !== 1]);
        const means = columnMeans(site.inputs.toArray());
        const moment = secondMoment(site.inputs.toArray());
        const [, width] = site.weight.shape;
        if (site.hasBias) {
          equal(means[width - 1], 1, "the mean of the ones");
          equal(moment[width - 1][width - 1], 1, "the corner of A");
          allNear(moment[width - 1], means, bound, "the last row of A");
          const biasGradient = Array.from(
            { length: site.weight.shape[0] },
            (_, row) => gradient.data[site.offset + (row + 1) * width - 1],
          );
          const rows = outputGradients.map((_, n) =>
            [...site.outputGradients.data.subarray(n * biasGradient.length)].slice(
              0,
              biasGradient.length,
            )
          );
          allNear(biasGradient, columnMeans(rows), bound, "the bias gradient");
        }
      }
      model.dispose();
    }
  });
}

test("the Hessian of one sample with respect to one W is (d²l/dh²) ⊗ a aᵀ", () => {
  const { model, net, weights } = twin({ inputs: 3, layers: LAYERS, dtype: "float64" });
  const { loss, oracle, targets } = LOSS_CASES.softmaxWeights;
  const x = randomRows(3, 1, 3), { given, dense } = targets(4, 1, 3);
  using input = tensorOf(x, "float64");
  using target = tensor(given, { dtype: "float64" });
  const [z] = evaluate(net, oracle, weights(), x, dense).outputs;
  const unit = (size: number, i: number): number[] =>
    Array.from({ length: size }, (_, j) => i === j ? 1 : 0);
  const hessianOfLogits = z.map((_, k) => oracle.hessianProduct(z, dense[0], unit(3, k)));

  // The last site: h is the output, so that d²l/dh² is the loss's own. With relu and tanh before it the
  // upper layers are linear in h only there, so the other sites are compared by differences of h.
  const last = net.layers.length - 1;
  const { a } = forward(net, weights(), x[0])[last];
  const expected = kronecker(hessianOfLogits, outer(a, a));
  const { offset, weight } = model.sites[last];
  const columns = Array.from({ length: weight.size }, (_, i) => {
    const direction = new Float64Array(model.parameterCount);
    direction[offset + i] = 1;
    using lin = model.linearize(loss, { input, target });
    using v = tensor(direction, { dtype: "float64" });
    using product = lin.hvp(v);
    return [...product.data.slice(offset, offset + weight.size)];
  });
  allNear(columns.flat(), expected.flat(), identityBound("float64"), "by hvp()");

  const h = SECOND_DIFFERENCE_STEP;
  const gradientAt = (i: number, by: number): number[] => {
    const theta = [...model.parameters.data];
    theta[offset + i] += by;
    return evaluate(net, oracle, unflatten(net, theta), x, dense).gradient[last].flat();
  };
  const differences = columns.map((_, i) => {
    const behind = gradientAt(i, -h);
    return gradientAt(i, h).map((g, j) => (g - behind[j]) / (2 * h));
  });
  allNear(differences.flat(), expected.flat(), SECOND_DIFFERENCE_BOUND, "by differences");
  model.dispose();
});

test("the Kronecker product acts on W in memory order: (G ⊗ A) vec(V) = vec(G V A)", () => {
  const square = (seed: number, n: number) => {
    const rows = randomRows(seed, n, n);
    return multiply(rows, transpose(rows));
  };
  const [g, a, v] = [square(5, 3), square(6, 4), randomRows(7, 3, 4)];
  const product = multiply(kronecker(g, a), v.flat().map((x) => [x])).flat();
  allNear(product, multiply(multiply(g, v), a).flat(), identityBound("float64"));
  near(kronecker(g, a)[1][6], g[0][1] * a[1][2], 0);
});
