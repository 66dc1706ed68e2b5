// A model's derivatives beside those of its twin in hyper-dual numbers.
import {
  fisher,
  gaussNewton,
  type Layer,
  type Linearization,
  type Model,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tensor,
} from "../../mod.ts";
import type { LinearOperator } from "../../operators.ts";
import { allNear, equal, near } from "../_support/assert.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf } from "../_support/twins.ts";
import { halfSquares, SmallNet, softmaxLoss, type Step } from "../oracles/small_net.ts";

/** A network and its twin. */
export interface TwinCase {
  readonly input: number[];
  readonly layers: () => Layer[];
  readonly steps: Step[];
}

/** Outputs of every such network. */
export const OUTPUTS = 3;

/** Losses with those of twins. */
export const LOSSES = [
  { loss: squaredError(), twin: halfSquares },
  { loss: softmaxCrossEntropy(), twin: softmaxLoss },
];

/** Compares the derivatives of a network with its twin's, under both losses, in both dtypes, at two batch sizes. */
export function compareWithTwin({ input: shape, layers, steps }: TwinCase, name: string): void {
  for (const dtype of DTYPES) {
    for (const { loss, twin } of LOSSES) {
      for (const batchSize of [1, 3]) {
        using model = sequential({ input: shape, seed: 4, dtype }, layers());
        perturb(model);
        const x = randomRows(1, batchSize, shape.reduce((a, b) => a * b));
        const y = randomRows(2, batchSize, OUTPUTS).map((row) => row.map(Math.abs));
        using flat = tensorOf(x, dtype);
        using target = tensorOf(y, dtype);
        using lin = model.linearize(loss, { input: flat.view([batchSize, ...shape]), target });
        const net = new SmallNet(steps, twin, model.parameters.data, x, y);
        compareWithNet(model, lin, net, `${name}, ${loss.name}, B ${batchSize}, ${dtype}`);
      }
    }
  }
}

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
