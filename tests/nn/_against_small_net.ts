// A model's derivatives beside those of its twin in hyper-dual numbers.
import { fisher, gaussNewton, type Linearization, type Model, tensor } from "../../mod.ts";
import type { LinearOperator } from "../../operators.ts";
import { allNear, equal, near } from "../_support/assert.ts";
import { identityBound } from "../_support/tolerance.ts";
import { randomVector } from "../_support/twins.ts";
import type { SmallNet } from "../oracles/small_net.ts";

function dense(operator: LinearOperator): number[][] {
  using matrix = operator.toDense();
  return matrix.toArray() as number[][];
}

/** Compares loss, gradient, J, Jᵀ, H and Gauss-Newton matrices, full, by sites and by blocks. */
export function compareWithNet(
  model: Model,
  lin: Linearization,
  net: SmallNet,
  what: string,
): void {
  const { dtype, parameterCount } = model;
  const bound = 4 * identityBound(dtype);
  near(lin.loss, net.loss, bound * (1 + Math.abs(net.loss)), `loss, ${what}`);
  const outputs = net.outputs().flat().map(([value]) => value);
  allNear(lin.output.data, outputs, bound, `outputs, ${what}`);
  const rows = net.sampleGradients;
  using gradient = lin.gradient();
  const mean = rows[0].map((_, p) => rows.reduce((sum, row) => sum + row[p], 0) / rows.length);
  allNear(gradient.data, mean, bound, `gradient, ${what}`);

  using perSample = lin.perSampleGradients();
  equal(perSample.shape, [lin.batchSize, parameterCount]);
  allNear(perSample.data, rows.flat(), bound, `gradients of samples, ${what}`);

  using v = randomVector(31, parameterCount, dtype);
  const direction = [...v.data];
  using pushed = lin.jvp(v);
  const moved = net.outputs(direction).flat().map(([, first]) => first);
  allNear(pushed.data, moved, bound, `J v, ${what}`);
  using u = randomVector(32, lin.output.size, dtype);
  using pulled = lin.vjp(u.view(lin.output.shape));
  const jacobians = net.jacobians;
  const expected = direction.map((_, p) =>
    jacobians.flat().reduce((sum, row, k) => sum + u.data[k] * row[p], 0)
  );
  allNear(pulled.data, expected, bound, `Jᵀ u, ${what}`);
  using curved = lin.hvp(v);
  allNear(curved.data, net.hessianProduct(direction), bound, `H v, ${what}`);

  const matrix = net.gaussNewton;
  using full = gaussNewton(lin);
  allNear(dense(full).flat(), matrix.flat(), bound, `Gauss-Newton, ${what}`);
  using exact = fisher(lin);
  allNear(dense(exact).flat(), matrix.flat(), bound, `Fisher, ${what}`);
  using blocks = gaussNewton(lin, { blocks: "site" });
  const siteOf = (p: number): number => model.sites.findLastIndex(({ offset }) => offset <= p);
  const kept = matrix.map((row, p) => row.map((x, q) => siteOf(p) === siteOf(q) ? x : 0));
  allNear(dense(blocks).flat(), kept.flat(), bound, `site blocks, ${what}`);
}

/** Moves the parameters to where no scale is 1 and no shift 0. */
export function perturb(model: Model): void {
  using noise = randomVector(77, model.parameterCount, model.dtype);
  noise.data.forEach((x, i) => model.parameters.data[i] += x / 4);
  using rounded = tensor([...model.parameters.data]); // float32 holds them, so that both dtypes agree
  rounded.data.forEach((x, i) => model.parameters.data[i] = x);
  model.parametersChanged();
}
