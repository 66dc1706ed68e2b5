// The Gauss-Newton matrix by one backpropagation for each weight i: column i is (1/B) Σ_p J_pᵀ H_p (J_p e_i).
//
// Source: Fairbank & Alonso 2012, whose count is 3 B P² flops. Deviation: J_p e_i is one forward-mode sweep here; there
// it comes from K backpropagations of unit vectors. It takes any layers and any loss; small networks and tests need it.
import type { Linearization } from "../../nn/linearization.ts";
import { copyEvery } from "../../ops/strided.ts";
import { fill } from "../../ops/vector.ts";
import { narrowDivided, widen } from "../../ops/widen.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type SampleWeights, throughHessian } from "./seeds.ts";

/** Lower triangle of out (P, P) in float64. */
export function assemblePerWeight(
  lin: Linearization,
  weights: SampleWeights,
  out: Tensor,
): void {
  const { batchSize, parameterCount: size, output: { dtype, shape } } = lin;
  using unit = new Tensor(dtype, [size]);
  using column = new Tensor(dtype, [size]);
  using precise = new Tensor("float64", [size]);
  using pushed = new Tensor(dtype, shape);
  using seed = new Tensor(dtype, shape);
  fill(unit, 0);
  // In JavaScript: one element of a unit vector for each sweep through the network.
  for (let i = 0; i < size; i++) {
    unit.data[i] = 1;
    lin.jvp(unit, pushed);
    unit.data[i] = 0;
    throughHessian(lin, weights, pushed, seed);
    lin.vjp(seed, column);
    narrowDivided(widen(1, column, precise), batchSize, precise);
    const count = size - i, below = { first: i, step: 1, count };
    copyEvery(precise, below, out, { first: i * (size + 1), step: size, count });
  }
}
