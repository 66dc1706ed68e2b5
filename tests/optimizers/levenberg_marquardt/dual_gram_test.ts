// K = J̃ J̃ᵀ of the dual form, made from nodes, beside the product of dense Jacobians.
import { sequential, Tensor, tensor } from "../../../mod.ts";
import { softmaxCrossEntropy, squaredError } from "../../../mod.ts";
import { nodeDerivatives } from "../../../src/curvature/gauss_newton_matrix/node_derivatives.ts";
import { fillGram } from "../../../src/optimizers/levenberg_marquardt/dual_gram.ts";
import { Scope } from "../../../src/runtime/scope.ts";
import { allNear } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import {
  SHORTCUT_INPUTS as INPUTS,
  SHORTCUT_OUTPUTS as OUTPUTS,
  shortcutLayers,
} from "../../_support/shortcuts.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import { build, dot, identity, multiply, type Rows, transpose } from "../../oracles/matrices.ts";
import { shortcutJacobian, shortcutOutput } from "../../oracles/shortcut_net.ts";

/** S of softmax: diag(√p) - p √pᵀ. */
function softmaxRoot(z: readonly number[]): Rows {
  const exps = z.map(Math.exp), total = exps.reduce((sum, value) => sum + value, 0);
  const p = exps.map((value) => value / total);
  return build(
    OUTPUTS,
    OUTPUTS,
    (i, j) => (i === j ? Math.sqrt(p[i]) : 0) - p[i] * Math.sqrt(p[j]),
  );
}

const CASES = [
  { loss: squaredError(), root: () => identity(OUTPUTS) },
  { loss: softmaxCrossEntropy(), root: softmaxRoot },
];

for (const dtype of DTYPES) {
  test(`the dual form's K is J Jᵀ of the dense Jacobian, and SᵀJ JᵀS of softmax, in ${dtype}`, () => {
    for (const batchSize of [1, 4]) {
      for (const { loss, root } of CASES) {
        using model = sequential({ input: [INPUTS], seed: 2, dtype }, shortcutLayers());
        const x = randomRows(3, batchSize, INPUTS);
        using input = tensorOf(x, dtype);
        using target = tensor(x.map(() => [0, 1, 0]), { dtype });
        using lin = model.linearize(loss, { input, target });
        using scope = new Scope();
        const order = OUTPUTS * batchSize;
        const found = scope.own(new Tensor("float64", [order, order]));
        fillGram(nodeDerivatives(lin, undefined, scope), found);
        const theta = Array.from(model.parameters.data);
        const weighted = x.map((row) =>
          multiply(transpose(root(shortcutOutput(theta, row))), shortcutJacobian(theta, row))
        );
        const rows = Array.from(
          { length: order },
          (_, r) => weighted[r % batchSize][Math.floor(r / batchSize)],
        );
        for (let i = 0; i < order; i++) {
          const expected = rows.slice(0, i + 1).map((row) => dot(rows[i], row));
          const lower = found.data.subarray(i * order, i * order + i + 1);
          const what = `${loss.name}, ${batchSize} samples, row ${i}`;
          allNear(lower, expected, identityBound(dtype), what);
        }
      }
    }
  });
}
