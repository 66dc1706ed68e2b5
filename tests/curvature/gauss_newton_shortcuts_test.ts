// Shortcut connections: J, and G by every assembly, beside a graph that is differentiated one weight at a time.
import {
  dense,
  gaussNewtonMatrix,
  jacobian,
  type Model,
  residual,
  sequential,
  tanh,
  tensor,
} from "../../mod.ts";
import { allNear } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, LOSS_CASES, randomRows, tensorOf } from "../_support/twins.ts";
import { gaussNewtonRows, type SampleTerms } from "../oracles/gauss_newton.ts";
import { shortcutJacobian, shortcutOutput } from "../oracles/shortcut_net.ts";

const INPUTS = 5;

function network(dtype: "float32" | "float64"): Model {
  return sequential({ input: [INPUTS], seed: 2, dtype }, [
    residual([dense(4), tanh(), dense(6)], { projection: [dense(6)] }),
    tanh(),
    residual([dense(6), tanh()]),
    dense(3),
  ]);
}

for (const dtype of DTYPES) {
  test(`gaussNewtonMatrix() and jacobian() of shortcuts are those of the plain graph, for every loss, in ${dtype}`, () => {
    for (const batchSize of [1, 5]) {
      using model = network(dtype);
      const x = randomRows(3, batchSize, INPUTS);
      using input = tensorOf(x, dtype);
      const theta = Array.from(model.parameters.data);
      const jacobians = x.map((row) => shortcutJacobian(theta, row));
      const z = x.map((row) => shortcutOutput(theta, row));
      for (const [name, { loss, oracle, targets }] of Object.entries(LOSS_CASES)) {
        const { given, dense: y } = targets(2, batchSize, 3);
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
        for (const assembly of ["nodewise", "per-weight", "jacobian"] as const) {
          if (assembly === "jacobian" && !loss.isConvex) continue;
          using matrix = gaussNewtonMatrix(lin, { assembly });
          const what = `${name}, ${batchSize} samples, ${assembly}`;
          allNear(matrix.data, expected, identityBound(dtype), what);
        }
      }
    }
  });
}
