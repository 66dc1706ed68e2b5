// The diagonal that conjugate gradients are preconditioned by: what is known of the diagonal of the matrix, and the damping.
//
//   squaredGradients   (mean of g ⊙ g + λ)^(3/4)            g of each sample; Martens 2010, section 4.7
//   jacobi             mean of (Jᵀ S ε) ⊙ (Jᵀ S ε) + λ      ε random signs, S Sᵀ = H; Chapelle & Erhan 2011
import {
  checkHasRoot,
  sampledDiagonal,
  SIGN_COUNTERS,
} from "../../curvature/statistics/sampled_diagonal.ts";
import { squaredGradients } from "../../curvature/statistics/squared_gradients.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { addEvery } from "../../ops/strided.ts";
import { fill } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import { type RandomKey, randomKey, STREAMS } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Problem } from "../optimizer.ts";
import { addL2 } from "../penalty.ts";

/** What the diagonal is made of. */
export type HessianFreePreconditioner = "squaredGradients" | "jacobi" | "none";

/** All of them. */
export const PRECONDITIONERS: readonly HessianFreePreconditioner[] = [
  "squaredGradients",
  "jacobi",
  "none",
];

/** Steps of one seed that draw signs of their own; then they come again. */
const STEP_COUNT = 1073741824;

/** What a preconditioner needs of samples that do not meet. */
export function preconditionersNeed(
  { preconditioner }: { readonly preconditioner: HessianFreePreconditioner },
): string | undefined {
  if (preconditioner === "none") return undefined;
  return `the gradients of samples that preconditioner "${preconditioner}" takes`;
}

/** Refuses a loss that the preconditioner cannot be made with. */
export function checkPreconditioned(
  preconditioner: HessianFreePreconditioner,
  { loss }: Problem,
): void {
  if (preconditioner === "jacobi") checkHasRoot("take a step", loss);
}

/** What is added to the diagonal: λ, and l2 where it counts (P), by default everywhere. */
export interface Shift {
  readonly damping: number;
  readonly l2: number;
  readonly counted: Tensor | undefined;
}

/** out (P) = the inverse of the diagonal; `scratch` (P) is overwritten. */
export function fillInverse(
  preconditioner: Exclude<HessianFreePreconditioner, "none">,
  lin: Linearization,
  key: RandomKey | undefined,
  { damping, l2, counted }: Shift,
  out: Tensor,
  scratch: Tensor,
): void {
  const { size, pointer, dtype } = out, { divide, inverse_three_quarters } = kernels(dtype);
  if (preconditioner === "jacobi") sampledDiagonal(lin, signKey(key), out);
  else squaredGradients(lin, out);
  if (counted) addL2(l2, counted, undefined, out);
  const shift = counted ? damping : damping + l2;
  if (preconditioner === "squaredGradients") {
    inverse_three_quarters(size, shift, pointer);
    return;
  }
  addEvery(out, { first: 0, step: 1, count: size }, shift);
  divide(size, fill(scratch, 1).pointer, pointer, pointer);
}

/** The key of the signs of the step whose batch has this key. */
export function signKey({ seed, index }: RandomKey = randomKey(0)): RandomKey {
  return randomKey(seed, STREAMS.signs, index % STEP_COUNT * SIGN_COUNTERS);
}
