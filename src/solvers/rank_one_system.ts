// X of ((1 - α) H ⊗ a aᵀ + α I) X = B, for a right factor of rank one, where B = P + u âᵀ with P â = 0:
//
//   X = c P + v âᵀ,  and a solve is one in (c, v) alone, of 1 + n numbers
//
//   "compressed"   conjugate gradients in (c, v): the iterates of those in X (Hestenes & Stiefel 1952)
//   "direct"       c = 1/α,  ((1 - α) |a|² H + α I) v = u by Cholesky's method in float64
//
// B and X may be columns of wider matrices, and X may be B. Derived for EA-CG (Chen, Chou & Chang 2019), whose
// authors iterate in X.
import { DampedFactor } from "../linalg/damped_factor.ts";
import type { Matrix } from "../ops/matrix.ts";
import { matvec } from "../ops/matvec.ts";
import { axpy, fill, norm, scaleWide } from "../ops/vector.ts";
import { instance, kernels } from "../runtime/instance.ts";
import { floatView, workspace } from "../runtime/memory.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How a system is solved. */
export type RankOneForm = "compressed" | "direct";

/** H (n, n), a (D), and the share α of the identity. */
export interface RankOneMatrix {
  readonly hessian: Tensor;
  readonly vector: Tensor;
  readonly alpha: number;
}

/** Limits of the iteration. */
export interface RankOneLimits {
  /** Largest residual relative to |B|. */
  readonly tolerance: number;
  /** Most iterations. */
  readonly maxIterations: number;
}

/** Working memory: D, n and n elements; for "direct" n² of float64 and n more. */
export interface RankOneWork {
  readonly unit: Tensor;
  readonly u: Tensor;
  readonly v: Tensor;
  readonly factor?: Tensor | undefined;
  readonly precise?: Tensor | undefined;
}

/** How a solve ended; by the recurrence, where it iterates. */
export interface RankOneOutcome {
  readonly iterations: number;
  readonly residualNorm: number;
  /** False where (1 - α) H ⊗ a aᵀ + α I turned out not to be positive definite. */
  readonly isSound: boolean;
}

/** The largest count that a kernel takes. */
export const LARGEST_COUNT = 2147483647;

/** Writes X; b and x (n, D), neither transposed. */
export function solveRankOne(
  form: RankOneForm,
  system: RankOneMatrix,
  b: Matrix,
  x: Matrix,
  limits: RankOneLimits,
  { unit, u, v, factor, precise }: RankOneWork,
): RankOneOutcome {
  const { hessian, vector, alpha } = system, { dtype } = vector;
  const length = norm(vector), [n, d] = [u.size, unit.size];
  if (length > 0) scaleWide(1, vector, length, unit);
  else fill(unit, 0);
  matvec(b, unit, u);
  const { rank_one_distance, add_rank_one } = kernels(dtype);
  const gamma = rank_one_distance(n, d, b.tensor.pointer, b.stride, u.pointer, unit.pointer);
  const square = length * length;
  const [outcome, coefficient] = form === "compressed"
    ? compressed(hessian, alpha, square, gamma, limits, u, v)
    : direct(hessian, alpha, square, u, v, factor!, precise!);
  const c = gamma > 0 ? coefficient : 0; // without P nothing depends on it
  axpy(-c, u, v);
  const [from, to] = [b.tensor.pointer, x.tensor.pointer];
  add_rank_one(n, d, c, from, b.stride, v.pointer, unit.pointer, to, x.stride);
  return outcome;
}

function compressed(
  hessian: Tensor,
  alpha: number,
  square: number,
  gamma: number,
  { tolerance, maxIterations }: RankOneLimits,
  u: Tensor,
  v: Tensor,
): [RankOneOutcome, number] {
  const n = u.size, limit = Math.min(maxIterations, LARGEST_COUNT);
  const results = 64; // two numbers before the vectors, which stay aligned
  const work = workspace(results + instance().exports.compressed_cg_work_bytes(n));
  const count = kernels(u.dtype).compressed_cg(
    ...[n, alpha, square, gamma, tolerance, limit] as const,
    ...[hessian.pointer, n, u.pointer, v.pointer, work, work + results] as const,
  );
  const [c, residualNorm] = floatView("float64", work, 2);
  const iterations = count < 0 ? -1 - count : count;
  return [{ iterations, residualNorm, isSound: count >= 0 }, c];
}

function direct(
  hessian: Tensor,
  alpha: number,
  square: number,
  u: Tensor,
  v: Tensor,
  factor: Tensor,
  precise: Tensor,
): [RankOneOutcome, number] {
  const n = u.size;
  factor.data.set(hessian.data); // it may have room for more
  kernels("float64").scal(n * n, (1 - alpha) * square, factor.pointer);
  precise.data.set(u.data);
  const damped = new DampedFactor(factor, n);
  const isSound = damped.factor(factor, alpha) < 0;
  if (isSound) {
    damped.solve(precise);
    v.data.set(precise.data.subarray(0, n));
  } else {
    fill(v, 0);
  }
  return [{ iterations: 1, residualNorm: 0, isSound }, isSound ? 1 / alpha : 0];
}
