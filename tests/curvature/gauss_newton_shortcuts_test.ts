// Shortcut connections: J, and G by every assembly, beside a graph that is differentiated one weight at a time.
import {
  concatenation,
  dense,
  type DType,
  gaussNewtonMatrix,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
} from "../../mod.ts";
import { jacobian } from "../../operators.ts";
import { allNear, equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  SHORTCUT_INPUTS as INPUTS,
  SHORTCUT_OUTPUTS as OUTPUTS,
  shortcutLayers,
} from "../_support/shortcuts.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, LOSS_CASES, randomRows, tensorOf } from "../_support/twins.ts";
import { gaussNewtonRows, type SampleTerms } from "../oracles/gauss_newton.ts";
import { shortcutJacobian, shortcutOutput } from "../oracles/shortcut_net.ts";

const ASSEMBLIES = ["auto", "nodewise", "per-weight", "jacobian"] as const;

for (const dtype of DTYPES) {
  test(`gaussNewtonMatrix() and jacobian() of shortcuts are those of the plain graph, for every loss, in ${dtype}`, () => {
    for (const batchSize of [1, 5]) {
      using model = sequential({ input: [INPUTS], seed: 2, dtype }, shortcutLayers());
      const x = randomRows(3, batchSize, INPUTS);
      using input = tensorOf(x, dtype);
      const theta = Array.from(model.parameters.data);
      const jacobians = x.map((row) => shortcutJacobian(theta, row));
      const z = x.map((row) => shortcutOutput(theta, row));
      for (const [name, { loss, oracle, targets }] of Object.entries(LOSS_CASES)) {
        const { given, dense: y } = targets(2, batchSize, OUTPUTS);
        using target = tensor(given, { dtype });
        using lin = model.linearize(loss, { input, target });
        allNear(lin.output.data, z.flat(), identityBound(dtype), "outputs");
        using found = jacobian(lin);
        allNear(found.data, jacobians.flat(2), identityBound(dtype), "Jacobian");
        const terms = jacobians.map((j, n): SampleTerms => ({
          jacobian: j,
          hessian: z[n].map((_, k) =>
            oracle.hessianProduct(z[n], y[n], z[n].map((_, i) => i === k ? 1 : 0))
          ),
        }));
        const expected = gaussNewtonRows(terms).flat();
        for (const assembly of ASSEMBLIES) {
          if (assembly === "jacobian" && !loss.isConvex) continue;
          using matrix = gaussNewtonMatrix(lin, { assembly });
          const what = `${name}, ${batchSize} samples, ${assembly}`;
          allNear(matrix.data, expected, identityBound(dtype), what);
        }
      }
    }
  });
}

/** Two heads side by side on a common trunk, and G's block between their weights by every assembly. */
function betweenHeads(dtype: DType, loss = squaredError()): (readonly [string, number[]])[] {
  using model = sequential({ input: [INPUTS], seed: 2, dtype }, [
    dense(4),
    tanh(),
    concatenation([[dense(3), tanh(), dense(2)], [dense(1)]]),
  ]);
  const x = randomRows(3, 5, INPUTS);
  using input = tensorOf(x, dtype);
  using target = tensor(x.map(() => [0, 1, 0]), { dtype });
  using lin = model.linearize(loss, { input, target });
  const [, first, , other] = model.sites;
  return ASSEMBLIES.map((assembly) => {
    using matrix = gaussNewtonMatrix(lin, { assembly });
    const rows = matrix.toArray() as number[][];
    const block = rows.slice(other.offset).flatMap((row) => row.slice(first.offset, other.offset));
    return [assembly, block] as const;
  });
}

test("G is exactly zero between branches that end in outputs of their own, for squared error", () => {
  for (const dtype of DTYPES) {
    for (const [assembly, block] of betweenHeads(dtype)) {
      equal(block.filter((g) => g !== 0), [], `${assembly}, ${dtype}`);
    }
    for (const [assembly, block] of betweenHeads(dtype, softmaxCrossEntropy())) {
      ok(block.every((g) => g !== 0), `softmax couples all outputs, ${assembly}, ${dtype}`);
    }
  }
});
