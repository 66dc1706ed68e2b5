// Row-wise Kronecker (face-splitting) products, (a ⊙ b)(r, (l, i)) = a(r, l) b(r, i): what the rows of a Jacobian
// are made of. Products with such a matrix make it as they pack.
import { instance, kernels } from "../runtime/instance.ts";
import { elementBytes, memoryBuffer, workspace } from "../runtime/memory.ts";
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

/** b = aᵀ for a tensor a (rows, columns). */
export function transpose(a: Tensor, b: Tensor): void {
  const [rows, columns] = a.shape;
  if (a.dtype !== b.dtype || a.size !== b.size) refuse("transpose", "sizes or dtypes differ");
  kernels(a.dtype).transpose(rows, columns, a.pointer, columns, b.pointer, rows);
}

/** Samples first to first + count - 1. */
export interface Span {
  /** The first one. */
  readonly first: number;
  /** How many. */
  readonly count: number;
}

/**
 * out (nodes, count): Σ_c left(c, node, p) right(c, l, p) for l < nodes and the samples of a span.
 *
 * left and right (K, N, B), samples contiguous.
 */
export function nodeProducts(
  left: Tensor,
  right: Tensor,
  node: number,
  nodes: number,
  { first, count }: Span,
  out: Tensor,
): void {
  const [outputs, all, samples] = right.shape;
  if (node >= all || nodes > all || first + count > samples || nodes * count > out.size) {
    refuse("multiply output derivatives", "the range is beyond them");
  }
  // deno-fmt-ignore
  kernels(out.dtype).node_products(count, nodes, outputs,
    left.view([0], node * samples + first).pointer, right.view([0], first).pointer,
    samples, all * samples, out.pointer, count);
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

/** Where a block of a larger matrix begins. */
export interface Place {
  /** Its first element. */
  readonly offset: number;
  /** Elements between rows of the larger matrix. */
  readonly stride: number;
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
  new Int32Array(memoryBuffer(), work + bytes, faces.length).set(faces);
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
  const { pointer, dtype } = scales;
  return kernels(dtype).max_abs(count, pointer + elementBytes(dtype, row * count)) === 0;
}

/** Copies the lower triangle of a square tensor to its upper one. */
export function mirrorLower(square: Tensor): void {
  const [n] = square.shape;
  const work = workspace(instance().exports.gemm_work_bytes());
  // The Gram matrix of no rows, added: what is left of the kernel is its last act.
  kernels(square.dtype).syrk(TRANSPOSE_A, n, 0, 1, square.pointer, n, 1, square.pointer, n, work);
}
