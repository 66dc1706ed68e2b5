// Calls of the kernels of layer normalization. Tensors count as rows of their last axis; W (n, 2) has rows [γ | β].
import { kernels } from "../runtime/instance.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ProductScales } from "./gemm.ts";
import type { Matrix } from "./matrix.ts";

/** Rows at mean 0 and variance 1, and what was divided by. */
export interface NormalizedRows {
  /** x̂ = (x - mean) r. */
  readonly rows: Tensor;
  /** r = 1 / √(variance + ε), one for each row. */
  readonly inverse: Tensor;
}

/** out = the rows of x, normalized. */
export function normalizeRows(x: Tensor, epsilon: number, { rows, inverse }: NormalizedRows): void {
  const { layer_norm } = kernels(x.dtype);
  layer_norm(
    inverse.size,
    x.size / inverse.size,
    epsilon,
    x.pointer,
    rows.pointer,
    inverse.pointer,
  );
}

/** out = P c, P the symmetric derivative of the normalized rows: r (c - mean(c) - x̂ mean(x̂ c)). */
export function projectRows({ rows, inverse }: NormalizedRows, c: Tensor, out: Tensor): void {
  const { layer_norm_project } = kernels(c.dtype);
  layer_norm_project(
    inverse.size,
    c.size / inverse.size,
    rows.pointer,
    inverse.pointer,
    c.pointer,
    out.pointer,
  );
}

/** out += the change of P along a tangent of x, times c; `pushed` is P times the tangent. */
export function bendRows(
  { rows, inverse }: NormalizedRows,
  tangent: Tensor,
  pushed: Tensor,
  c: Tensor,
  out: Tensor,
): void {
  const { layer_norm_bend } = kernels(c.dtype);
  layer_norm_bend(
    inverse.size,
    c.size / inverse.size,
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
  const [n] = weight.shape;
  const { scale_rows } = kernels(x.dtype);
  scale_rows(
    x.size / n,
    n,
    weight.pointer,
    x.pointer,
    Number(shifts),
    Number(adds),
    out.pointer,
  );
}

/** out (n, 2) = alpha [Σ g a | Σ g] + beta out over rows; its second column only where A has ones. */
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
    alpha,
    cotangents.tensor.pointer,
    inputs.tensor.pointer,
    Number(inputs.hasOnes),
    beta,
    out.pointer,
  );
}
