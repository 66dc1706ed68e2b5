// One segment's direction from the samples' gradients U (N, s), where they are fewer than its elements:
//
//   (Uᵀ U / d + ε I)⁻¹ v = (v - Uᵀ (d ε I + U Uᵀ)⁻¹ U v) / ε                                    Woodbury
//
// All of it in float64: what is divided by ε is a difference.
import { DampedFactor } from "../../linalg/damped_factor.ts";
import { gemm, gram } from "../../ops/gemm.ts";
import { Matrix, matrix } from "../../ops/matrix.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { StoredSamples } from "./stored.ts";

/** How much the damping grows from one attempt to the next. */
const GROWTH = 10;

/** x (s) = (F + ε I)⁻¹ x of segment e; returns how many attempts it took. */
export function solveBySamples(
  { group: { size }, samples, divisor }: StoredSamples,
  e: number,
  x: Tensor,
  epsilon: number,
): number {
  const [count, pitch] = samples.shape;
  const held = samples.view([(count - 1) * pitch + size], e * size);
  const u = new Matrix(held, count, size, pitch);
  using small = new Tensor("float64", [count, count]);
  using factored = new Tensor("float64", [count, count]);
  using right = new Tensor("float64", [size, 1]);
  using inner = new Tensor("float64", [count, 1]);
  gram(u.T, small);
  right.data.set(x.data);
  gemm(u, matrix(right), inner);
  const factor = new DampedFactor(factored, count);
  let attempts = 1, damping = epsilon;
  while (Number.isFinite(damping) && factor.factor(small, divisor * damping) >= 0) {
    damping *= GROWTH;
    attempts++;
  }
  factor.solve(inner);
  gemm(u.T, matrix(inner), right, { alpha: -1 / damping, beta: 1 / damping });
  x.data.set(right.data);
  return attempts;
}
