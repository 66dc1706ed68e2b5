// Row-wise Kronecker (face-splitting) products, (a ⊙ b)(r, (l, i)) = a(r, l) b(r, i): what the rows of a Jacobian
// are made of. Products with such a matrix make it as they pack.
import { instance, kernels } from "../runtime/instance.ts";
import { elementBytes, wordView, workspace } from "../runtime/memory.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Matrix } from "./matrix.ts";

const TRANSPOSE_A = 1;
const ONES_A = 4;
const FACES_B = 64;

/** Bytes of what a kernel is told of a face-splitting operand (wasm/level3/pack_faces.ts). */
const FACES_BYTES = 64;

function refuse(action: string, what: string): never {
  throw new TypeError(`Cannot ${action}: ${what}`);
}

/** Rows of a matrix that memory holds as rows: neither transposed nor patches. */
function checkPlain(action: string, { isTransposed, patches }: Matrix): void {
  if (isTransposed || patches) refuse(action, "a factor must lie in memory row by row");
}

/** out (rows, m n), rows `stride` apart from element `offset` on: row r is a(r) ⊗ b(first + r), a (rows, m). */
export function khatriRao(
  a: Tensor,
  b: Matrix,
  first: number,
  out: Tensor,
  { stride, offset }: { readonly stride: number; readonly offset: number },
): void {
  checkPlain("make a face-splitting product", b);
  const [rows, m] = a.shape;
  const { khatri_rao } = kernels(out.dtype);
  const from = b.tensor.view([0], first * b.stride).pointer;
  const to = out.view([0], offset).pointer;
  if (a.dtype !== out.dtype || b.tensor.dtype !== out.dtype) {
    refuse("make a face-splitting product", "the dtypes differ");
  }
  if (first + rows > b.rows || (rows - 1) * stride + m * b.columns + offset > out.size) {
    refuse("make a face-splitting product", `${formatShape(a.shape)} does not fit`);
  }
  // deno-fmt-ignore
  khatri_rao(rows, m, a.pointer, m, 1, b.columns, from, b.stride, b.hasOnes ? 1 : 0, to, stride);
}

/** Samples first to first + count - 1. */
export interface Span {
  /** The first one. */
  readonly first: number;
  /** How many. */
  readonly count: number;
}

/** Where a block of a larger matrix begins. */
export interface Place {
  /** Its first element. */
  readonly offset: number;
  /** Elements between rows of the larger matrix. */
  readonly stride: number;
}

/** The columns of rows of a (B, columns) as rows of `out`, as many elements of each as there are rows in the span. */
export function transposeRows(
  a: Tensor,
  { first, count }: Span,
  out: Tensor,
  { offset, stride }: Place,
): void {
  const [rows, columns] = a.shape;
  const end = offset + (columns - 1) * stride + count;
  if (a.dtype !== out.dtype || first + count > rows || end > out.size) {
    refuse("transpose", "sizes or dtypes differ");
  }
  const from = a.view([0], first * columns).pointer, to = out.view([0], offset).pointer;
  kernels(a.dtype).transpose(count, columns, from, columns, to, stride);
}

/** Most rows of `nodeProducts()`. */
export const PRODUCT_ROWS = 4;

/** Nodes first to first + rows - 1, at most PRODUCT_ROWS, beside all nodes before `end`. */
export interface NodePairs {
  readonly first: number;
  readonly rows: number;
  readonly end: number;
}

/**
 * out(r, l, at + p) = Σ_c left(first + r, c, p) right(l, c, p) for l < end and the first `count` of T samples.
 *
 * left and right (N, K, T), out (rows, N, samples).
 */
export function nodeProducts(
  left: Tensor,
  right: Tensor,
  { first, rows, end }: NodePairs,
  { first: at, count }: Span,
  out: Tensor,
): void {
  const [nodes, outputs, samples] = right.shape, pitch = outputs * samples;
  const [, , stride] = out.shape;
  const fits = rows <= PRODUCT_ROWS && first + rows <= nodes && end <= nodes && count <= samples;
  if (!fits || at + count > stride || rows * nodes * stride > out.size) {
    refuse("multiply output derivatives", "the range is beyond them");
  }
  // deno-fmt-ignore
  kernels(out.dtype).node_products(count, rows, end, outputs, left.view([0], first * pitch).pointer, right.pointer,
    pitch, samples, out.view([0], at).pointer, stride, nodes * stride);
}

/** A face-splitting product that is never in memory: rows s(l, p) b(first + p), l in a range of nodes. */
export interface Faces {
  /** The matrix b whose rows are scaled. */
  readonly b: Matrix;
  /** Scales (…, count), samples contiguous. */
  readonly scales: Tensor;
  /** First row of `scales`. */
  readonly node: number;
  /** How many rows. */
  readonly nodes: number;
}

/** out += alpha aᵀ (scales ⊙ b) over the samples of a span; the block of `out` is (columns of a, nodes columns of b). */
export function addFacesProduct(
  alpha: number,
  a: Matrix,
  { b, scales, node, nodes }: Faces,
  { first, count }: Span,
  out: Tensor,
  { offset, stride }: Place,
): void {
  checkPlain("multiply by a face-splitting product", a);
  checkPlain("multiply by a face-splitting product", b);
  if (first + count > a.rows || first + count > b.rows || (node + nodes) * count > scales.size) {
    refuse("multiply by a face-splitting product", "the range is beyond its factors");
  }
  const bytes = instance().exports.gemm_work_bytes();
  const work = workspace(bytes + FACES_BYTES);
  const scale = scales.view([0], node * count).pointer;
  const faces = [b.stride, b.heldColumns, b.hasOnes ? 1 : 0, count, scale];
  wordView(work + bytes, faces.length).set(faces);
  kernels(out.dtype).gemm(
    TRANSPOSE_A | (a.hasOnes ? ONES_A : 0) | FACES_B,
    a.columns,
    nodes * b.columns,
    count,
    alpha,
    a.tensor.view([0], first * a.stride).pointer,
    a.stride,
    b.tensor.view([0], first * b.stride).pointer,
    work + bytes,
    1,
    out.view([0], offset).pointer,
    stride,
    work,
  );
}

/** True when all samples' scales of a row of (…, count) are zero. */
export function isZeroRow(scales: Tensor, row: number, count: number): boolean {
  const { pointer, dtype, data } = scales;
  if (data[row * count] !== 0) return false;
  return kernels(dtype).max_abs(count, pointer + elementBytes(dtype, row * count)) === 0;
}

/** Copies the lower triangle of a square tensor to its upper one. */
export function mirrorLower(square: Tensor): void {
  const [n] = square.shape;
  const work = workspace(instance().exports.gemm_work_bytes());
  // The Gram matrix of no rows, added: what is left of the kernel is its last act.
  // deno-fmt-ignore
  kernels(square.dtype).syrk(TRANSPOSE_A, n, 0, 1, square.pointer, n, 1, square.pointer, n, 0, work);
}
