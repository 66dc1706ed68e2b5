// A root of every sample's Hessian for a convex loss that is known by its products alone: H from K of them, scaled to a
// unit diagonal, then Cholesky with pivots, which ends where the rank does. H = S Sᵀ with S = D P L.
//
// Source: Higham 2002, "Accuracy and Stability of Numerical Algorithms", sections 10.1 (scaling) and 10.3 (pivots).
import { fill } from "../../ops/vector.ts";
import { type DType, machineEpsilon } from "../../runtime/dtype.ts";
import { MAXIMUM_ELEMENTS } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** Roundings of a Schur complement of order K, in units of K ε: what is below counts as zero. */
const ROUNDINGS = 8;

/** Writes H u of every sample. */
export type HessianProducts = (u: Tensor, out: Tensor) => void;

/**
 * The roots S (K, K) of all samples, row-major, one behind the other.
 *
 * @throws {RangeError} when they do not fit in an array, or a Hessian is not positive semidefinite.
 */
export function deriveRoots(name: string, like: Tensor, multiply: HessianProducts): Float64Array {
  const { size, shape: [batchSize], dtype } = like;
  const width = size / batchSize, each = width * width;
  const action = `derive a root of the Hessian of ${name}`;
  if (size * width > MAXIMUM_ELEMENTS) {
    throw new RangeError(
      `Cannot ${action}: ${batchSize} roots have ${
        size * width
      } elements; give its definition hessianRoot()`,
    );
  }
  const roots = hessians(like, multiply);
  for (let n = 0; n < batchSize; n++) {
    if (factorInPlace(roots.subarray(n * each, (n + 1) * each), width, dtype)) continue;
    throw new RangeError(
      `Cannot ${action}: it is not positive semidefinite at sample ${n}, though isConvex says so; where that is ` +
        "rounding, give its definition hessianRoot()",
    );
  }
  return roots;
}

/** H (K, K) of all samples. */
function hessians(like: Tensor, multiply: HessianProducts): Float64Array {
  const { size, dtype, shape } = like, width = size / shape[0];
  const all = new Float64Array(size * width);
  using unit = new Tensor(dtype, shape);
  using product = new Tensor(dtype, shape);
  // In JavaScript: a loss of the user's own is written in it.
  for (let c = 0; c < width; c++) {
    fill(unit, 0);
    for (let i = c, { data } = unit; i < size; i += width) data[i] = 1;
    multiply(unit, product);
    const { data } = product;
    for (let i = 0; i < size; i++) all[i * width + c] = data[i];
  }
  return all;
}

/** Replaces H by S; false where it has none. */
function factorInPlace(h: Float64Array, width: number, dtype: DType): boolean {
  const tolerance = ROUNDINGS * width * machineEpsilon(dtype);
  const scale = scaleToUnitDiagonal(h, width, tolerance);
  const root = new Float64Array(h.length);
  for (let c = 0; c < width; c++) {
    const pivot = largestPivot(h, width), d = h[pivot * (width + 1)];
    if (!(d > tolerance)) break;
    const factor = 1 / Math.sqrt(d);
    for (let i = 0; i < width; i++) root[i * width + c] = factor * h[i * width + pivot];
    for (let i = 0; i < width; i++) {
      const row = root[i * width + c];
      for (let j = 0; j < width; j++) h[i * width + j] -= row * root[j * width + c];
    }
    for (let i = 0; i < width; i++) h[i * width + pivot] = h[pivot * width + i] = 0;
  }
  const isFactored = h.every((rest) => Math.abs(rest) <= tolerance);
  for (let i = 0; i < root.length; i++) h[i] = scale[Math.floor(i / width)] * root[i];
  return isFactored;
}

/** H = D H̃ D; D, whose smallest elements are such that what they divide stays rounding. */
function scaleToUnitDiagonal(h: Float64Array, width: number, tolerance: number): Float64Array {
  const diagonal = Float64Array.from({ length: width }, (_, i) => h[i * (width + 1)]);
  const least = tolerance * tolerance * diagonal.reduce((most, d) => Math.max(most, d), 0);
  const scale = diagonal.map((d) => Math.sqrt(Math.max(d, least)) || 1);
  for (let i = 0; i < h.length; i++) h[i] /= scale[Math.floor(i / width)] * scale[i % width];
  return scale;
}

function largestPivot(h: Float64Array, width: number): number {
  let pivot = 0;
  for (let i = 1; i < width; i++) {
    if (h[i * (width + 1)] > h[pivot * (width + 1)]) pivot = i;
  }
  return pivot;
}
