// Calls of the kernels of attention: products for every sample and head, and softmax of what they give.
import { bytesPerElement } from "../runtime/dtype.ts";
import { instance, kernels } from "../runtime/instance.ts";
import { workspace } from "../runtime/memory.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ProductScales } from "./gemm.ts";

const TRANSPOSE_A = 1, TRANSPOSE_B = 2;

/** What all operands of one attention have in common. */
export interface HeadSizes {
  /** Samples. */
  readonly samples: number;
  /** Heads. */
  readonly heads: number;
  /** Steps in memory (T). */
  readonly steps: number;
  /** Features of a head (d). */
  readonly width: number;
  /** Valid steps of each sample (B); nothing beyond them is read. */
  readonly lengths: Tensor;
}

/** A matrix for every sample and head: a square (T, T), or rows (T, d) within those of a tensor (B, T, …). */
export interface HeadMatrix {
  /** What holds them: (B, heads, T, T), or (B, T, …). */
  readonly tensor: Tensor;
  /** Elements between the rows of a tensor (B, T, …); 0 for squares. */
  readonly stride: number;
  /** Elements of a row before those of the first head. */
  readonly first: number;
  /** True when rows and columns are exchanged. */
  readonly isTransposed: boolean;
}

/** The squares that a tensor (B, heads, T, T) holds. */
export function squares(tensor: Tensor): HeadMatrix {
  return { tensor, stride: 0, first: 0, isTransposed: false };
}

/** The rows that a tensor (B, T, …) holds from a feature on, heads side by side. */
export function headRows(tensor: Tensor, first = 0): HeadMatrix {
  return { tensor, stride: tensor.shape[2], first, isTransposed: false };
}

/** The transposed matrices. */
export function transposed(operand: HeadMatrix): HeadMatrix {
  return { ...operand, isTransposed: !operand.isTransposed };
}

function addressOf({ tensor, first }: HeadMatrix): number {
  return tensor.pointer + first * bytesPerElement(tensor.dtype);
}

/** out = alpha a b + beta out for every sample and head; rows beyond a sample's length become 0 where beta is 0. */
export function headProduct(
  { samples, heads, steps, width, lengths }: HeadSizes,
  a: HeadMatrix,
  b: HeadMatrix,
  out: HeadMatrix,
  { alpha = 1, beta = 0 }: ProductScales = {},
): void {
  const work = workspace(instance().exports.gemm_work_bytes());
  kernels(lengths.dtype).head_product(
    (a.isTransposed ? TRANSPOSE_A : 0) | (b.isTransposed ? TRANSPOSE_B : 0),
    samples,
    heads,
    steps,
    width,
    lengths.pointer,
    alpha,
    addressOf(a),
    a.stride,
    addressOf(b),
    b.stride,
    beta,
    addressOf(out),
    out.stride,
    work,
  );
}

/** Scores to softmax of each of their rows, in place; with `isCausal` no step sees a later one. */
export function headSoftmax(
  { samples, heads, steps, lengths }: HeadSizes,
  scores: Tensor,
  isCausal: boolean,
): void {
  const { head_softmax } = kernels(scores.dtype);
  head_softmax(samples, heads, steps, Number(isCausal), lengths.pointer, scores.pointer);
}

/** How softmax and what is projected change. */
export interface SoftmaxChange {
  /** Change of softmax. */
  readonly softmax: Tensor;
  /** Change of what is projected; then of the result. */
  readonly projected: Tensor;
}

/** c to the symmetric derivative of softmax times c, p (c - Σ p c), in place; and how that changes. */
export function projectSoftmax(
  { samples, heads, steps, lengths }: HeadSizes,
  softmax: Tensor,
  c: Tensor,
  change?: SoftmaxChange,
): void {
  const { head_softmax_project } = kernels(c.dtype);
  head_softmax_project(
    samples,
    heads,
    steps,
    lengths.pointer,
    softmax.pointer,
    c.pointer,
    change?.softmax.pointer ?? 0,
    change?.projected.pointer ?? 0,
  );
}
