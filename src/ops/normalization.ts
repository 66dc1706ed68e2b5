// Calls of the kernels of normalizations. W (n, 2) has rows [γ | β], W (n, 1) rows [γ].
import { kernels } from "../runtime/instance.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ProductScales } from "./gemm.ts";
import type { Matrix } from "./matrix.ts";

/** What is normalized together. */
export interface Groups {
  /** Positions whose elements meet: 1 where each row is by itself. */
  readonly positions: number;
  /** Groups of channels that lie side by side. */
  readonly groups: number;
  /** Takes the mean away. */
  readonly centers: boolean;
}

/** Groups of mean square 1, and what was divided by. */
export interface Normalized extends Groups {
  /** x̂ = (x - mean) r (rows, channels). */
  readonly rows: Tensor;
  /** r = 1 / √(variance + ε), one for each group. */
  readonly inverse: Tensor;
}

/** Samples, positions, channels, groups and centring, as kernels take them. */
function sizesOf(
  { rows: { shape: [rows, channels] }, positions, groups, centers }: Normalized,
): [number, number, number, number, number] {
  return [rows / positions, positions, channels, groups, Number(centers)];
}

/** Fills x̂ and r from x. */
export function normalize(x: Tensor, epsilon: number, normalized: Normalized): void {
  const { rows, inverse } = normalized;
  const { normalize } = kernels(x.dtype);
  normalize(...sizesOf(normalized), epsilon, x.pointer, rows.pointer, inverse.pointer);
}

/** out = P c, P the symmetric derivative of x̂: r (c - mean(c) - x̂ mean(x̂ c)). */
export function project(normalized: Normalized, c: Tensor, out: Tensor): void {
  const { rows, inverse } = normalized;
  const { normalize_project } = kernels(c.dtype);
  normalize_project(
    ...sizesOf(normalized),
    rows.pointer,
    inverse.pointer,
    c.pointer,
    out.pointer,
  );
}

/** out += the change of P along a tangent of x, times c; `pushed` is P times the tangent. */
export function bend(
  normalized: Normalized,
  tangent: Tensor,
  pushed: Tensor,
  c: Tensor,
  out: Tensor,
): void {
  const { rows, inverse } = normalized;
  const { normalize_bend } = kernels(c.dtype);
  normalize_bend(
    ...sizesOf(normalized),
    rows.pointer,
    inverse.pointer,
    tangent.pointer,
    pushed.pointer,
    c.pointer,
    out.pointer,
  );
}

/** What `scaleRows()` does besides γ x. */
export interface ScaleTerms {
  /** Adds β. */
  readonly shifts?: boolean;
  /** Adds the result to what `out` holds. */
  readonly adds?: boolean;
}

/** out = γ x, feature by feature. */
export function scaleRows(
  weight: Tensor,
  x: Tensor,
  out: Tensor,
  { shifts = false, adds = false }: ScaleTerms = {},
): void {
  const [n, columns] = weight.shape;
  const { scale_rows } = kernels(x.dtype);
  scale_rows(
    x.size / n,
    n,
    columns,
    weight.pointer,
    x.pointer,
    Number(shifts),
    Number(adds),
    out.pointer,
  );
}

/** out (n, 1 or 2) = alpha [Σ g a | Σ g] + beta out over rows; a second column only where A has ones. */
export function pullScale(
  cotangents: Matrix,
  inputs: Matrix,
  out: Tensor,
  { alpha = 1, beta = 0 }: ProductScales,
): void {
  const { scale_pull } = kernels(out.dtype);
  scale_pull(
    cotangents.rows,
    out.shape[0],
    out.shape[1],
    alpha,
    cotangents.tensor.pointer,
    inputs.tensor.pointer,
    Number(inputs.hasOnes),
    beta,
    out.pointer,
  );
}
