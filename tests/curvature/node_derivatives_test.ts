// The derivatives of nodes: what the Gauss-Newton matrix is made of, beside the recursions that define them.
import {
  gaussNewton,
  gaussNewtonMatrix,
  Scope,
  softmaxCrossEntropy,
  squaredError,
  tensor,
} from "../../mod.ts";
import { nodeDerivatives } from "../../src/curvature/gauss_newton_matrix/node_derivatives.ts";
import { matvec } from "../../src/ops/matvec.ts";
import { matrix } from "../../src/ops/matrix.ts";
import { allNear } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { LOSS_CASES, randomRows, randomVector, tensorOf, twin } from "../_support/twins.ts";
import { multiply, type Rows, transpose } from "../oracles/matrices.ts";
import { forward } from "../oracles/mlp.ts";
import { sampleTerms } from "../oracles/gauss_newton.ts";

const LAYERS = [
  { units: 5, activation: "tanh" },
  { units: 4, activation: "tanh" },
  { units: 3 },
] as const;

test("Σ_c D(c) D(c)ᵀ is the recursion M = φ' Wᵀ M W φ', and its blocks times a aᵀ are those of G", () => {
  const { model, net, weights } = twin({ inputs: 4, layers: LAYERS, dtype: "float64" });
  using _model = model;
  const x = randomRows(1, 6, 4);
  const { oracle, loss, targets } = LOSS_CASES.softmaxIndices;
  const { given, dense } = targets(2, 6, 3);
  using input = tensorOf(x, "float64");
  using target = tensor(given as number[], { dtype: "float64" });
  using lin = model.linearize(loss, { input, target });
  using scope = new Scope();
  const { left, sites } = nodeDerivatives(lin, undefined, scope);
  const [outputs, nodes, samples] = left.shape;
  using g = gaussNewtonMatrix(lin, { assembly: "nodewise" });
  const size = model.parameterCount;
  const terms = sampleTerms(net, oracle, weights(), x, dense);
  const blocks = sites.map(({ nodes, rows }) => new Float64Array((nodes * rows.columns) ** 2));
  for (let p = 0; p < samples; p++) {
    const traces = forward(net, weights(), x[p]);
    let expected: Rows = terms[p].hessian.map((row) => [...row]);
    for (let s = LAYERS.length - 1; s >= 0; s--) {
      const { firstNode, nodes: count, rows } = sites[s];
      if (s < LAYERS.length - 1) {
        const w = weights()[s + 1].map((row) => row.slice(0, count));
        const pulled = multiply(multiply(transpose(w), expected), w);
        const slope = traces[s].y.map((y) => 1 - y * y);
        expected = pulled.map((row, j) => row.map((v, l) => v * slope[j] * slope[l]));
      }
      const found = expected.map((row, j) =>
        row.map((_, l) => {
          let sum = 0;
          for (let c = 0; c < outputs; c++) {
            const at = (node: number) => left.data[(c * nodes + firstNode + node) * samples + p];
            sum += at(j) * at(l);
          }
          return sum;
        })
      );
      allNear(found.flat(), expected.flat(), identityBound("float64"), `sample ${p}, site ${s}`);
      const { a } = traces[s], width = count * rows.columns;
      for (let row = 0; row < width; row++) {
        for (let column = 0; column < width; column++) {
          const [j, i] = [Math.floor(row / a.length), row % a.length];
          const [l, k] = [Math.floor(column / a.length), column % a.length];
          blocks[s][row * width + column] += expected[j][l] * a[i] * a[k] / samples;
        }
      }
    }
  }
  for (const [s, { offset, nodes: count, rows }] of sites.entries()) {
    const width = count * rows.columns;
    const block = blocks[s].map((_, at) =>
      g.data[(offset + Math.floor(at / width)) * size + offset + at % width]
    );
    allNear(block, blocks[s], identityBound("float64"), `block of site ${s}`);
  }
});

test("gaussNewtonMatrix() times a vector is the operator's product", () => {
  for (const loss of [squaredError(), softmaxCrossEntropy()]) {
    const { model } = twin({ inputs: 4, layers: LAYERS, dtype: "float64" });
    using _model = model;
    using input = tensorOf(randomRows(3, 9, 4), "float64");
    using target = tensorOf(
      randomRows(4, 9, 3).map((row) => row.map((v) => Math.abs(v))),
      "float64",
    );
    using lin = model.linearize(loss, { input, target });
    using v = randomVector(5, model.parameterCount, "float64");
    using operator = gaussNewton(lin);
    using expected = operator.apply(v);
    using g = gaussNewtonMatrix(lin);
    using found = tensor(new Float64Array(v.size), { dtype: "float64" });
    matvec(matrix(g), v, found);
    allNear(found.data, expected.data, identityBound("float64"), loss.name);
  }
});
