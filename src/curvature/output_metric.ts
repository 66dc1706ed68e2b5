// Curvature matrices of the form (1/B) Jᵀ M J differ only in M, one symmetric matrix (K, K) for each sample
// that acts on the network's outputs.
import type { Linearization } from "../nn/linearization.ts";
import { Scope } from "../runtime/scope.ts";
import { addOuterProducts } from "../ops/row_products.ts";
import { fill } from "../ops/vector.ts";
import { type RandomKey, randomKey } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";

/** out = M u, sample by sample; u and out (B, …). */
export type OutputMetric = (u: Tensor, out: Tensor) => void;

/** Counters between the draws of two samples of targets: no batch has so many outputs. */
const KEYS_PER_DRAW = 4294967296;

/** M = H, the Hessian of the loss in the outputs. */
export function hessianMetric({ lossFunction, output, target }: Linearization): OutputMetric {
  return (u, out) => lossFunction.hessianProduct(output, target, u, out);
}

/** M = g gᵀ summed over the given gradients (B, …), divided by their number. */
export function gradientMetric(gradients: readonly Tensor[]): OutputMetric {
  return (u, out) => {
    fill(out, 0);
    for (const gradient of gradients) {
      addOuterProducts(1 / gradients.length, gradient, u, u.shape[0], out);
    }
  };
}

/** Gradients in the outputs for the batch's own targets. */
export function outputGradient({ lossFunction, output, target }: Linearization): Tensor {
  const gradient = new Tensor(output.dtype, output.shape);
  lossFunction.evaluate(output, target, gradient);
  return gradient;
}

/** Gradients in the outputs for targets drawn from the model. */
export function sampledOutputGradients(
  { lossFunction, output }: Linearization,
  samples: number,
  key: RandomKey,
): Tensor[] {
  const { sample, name } = lossFunction;
  if (!sample) {
    throw new TypeError(
      `Cannot sample targets of ${name}: it has no sample(), which draws targets from a likelihood`,
    );
  }
  const { seed, stream, index } = key;
  using scope = new Scope(); // gives the first gradients back when memory ends before the last
  const gradients = Array.from({ length: samples }, (_, i) => {
    using target = sample(output, randomKey(seed, stream, index + i * KEYS_PER_DRAW));
    const gradient = scope.own(new Tensor(output.dtype, output.shape));
    lossFunction.evaluate(output, target, gradient);
    return gradient;
  });
  return gradients.map((gradient) => scope.keep(gradient));
}
