import { checkBoolean, checkOptions, namesOf } from "../runtime/arguments.ts";
import { instance, kernels } from "../runtime/instance.ts";
import { workspace } from "../runtime/memory.ts";
import { formatShape } from "../tensor/shape.ts";
import { filled, overlaps } from "../tensor/result.ts";
import { checkTensor, isTensor, Tensor } from "../tensor/tensor.ts";
import { type Matrix, matrix } from "./matrix.ts";
import { GEOMETRY_BYTES, writeGeometry } from "./patch_geometry.ts";

const TRANSPOSE_A = 1;
const TRANSPOSE_B = 2;
const ONES_A = 4;
const ONES_B = 8;
const PATCHES_A = 16;
const PATCHES_B = 32;

/** Factors of a matrix product: out = alpha a b + beta out. */
export interface ProductScales {
  /** Factor of the product. @default 1 */
  readonly alpha?: number;
  /** Factor of what `out` holds; 0 does not read it. @default 0 */
  readonly beta?: number;
}

/** Factors of a Gram matrix: out = alpha aᵀ D a + beta out. */
export interface GramScales extends ProductScales {
  /** The diagonal of D, one number of any sign for each row of a. @default the identity */
  readonly rowWeights?: Tensor | undefined;
}

/** Options of `matmul()`. */
export interface MatmulOptions {
  /** Use the transpose of `a`. @default false */
  readonly transposeA?: boolean;
  /** Use the transpose of `b`. @default false */
  readonly transposeB?: boolean;
  /** Where to write the product. @default a new tensor */
  readonly out?: Tensor;
}

const NAMES = namesOf<MatmulOptions>({ transposeA: true, transposeB: true, out: true });

function describe({ rows, columns }: Matrix): string {
  return formatShape([rows, columns]);
}

function checkDTypes(action: string, first: Tensor, ...others: Tensor[]): void {
  for (const other of others) {
    if (other.dtype !== first.dtype) {
      throw new TypeError(`Cannot ${action}: dtypes ${first.dtype} and ${other.dtype} differ`);
    }
  }
}

/** Scratch of the products, behind it the geometries of two operands. */
export function productWorkspace(): [work: number, geometry: number] {
  const bytes = instance().exports.gemm_work_bytes();
  const work = workspace(bytes + 2 * GEOMETRY_BYTES);
  return [work, work + bytes];
}

/** The stride of an operand as kernels take it: for patches the address of their geometry, written there. */
export function strideOf({ patches, stride }: Matrix, address: number): number {
  if (!patches) return stride;
  writeGeometry(patches, address);
  return address;
}

/** The flags by which kernels know a right operand that is not transposed. */
export function flagsOfRight({ hasOnes, patches }: Matrix): number {
  return (hasOnes ? ONES_B : 0) | (patches ? PATCHES_B : 0);
}

/** out = alpha a b + beta out, out a tensor or the leading columns of one. Cost: 2 m n k flops. */
export function gemm<Out extends Tensor | Matrix>(
  a: Matrix,
  b: Matrix,
  out: Out,
  scales: ProductScales = {},
): Out {
  const { alpha = 1, beta = 0 } = scales;
  const target = isTensor(out) ? matrix(out) : out as Matrix;
  const { dtype, pointer } = target.tensor;
  if (a.columns !== b.rows) {
    throw new TypeError(
      `Cannot multiply ${describe(a)} by ${describe(b)}: inner sizes must match`,
    );
  }
  if (target.rows !== a.rows || target.columns !== b.columns) {
    throw new TypeError(
      `Cannot write the product of ${describe(a)} and ${describe(b)} to ${describe(target)}: ` +
        "the shapes differ",
    );
  }
  checkDTypes("multiply matrices", target.tensor, a.tensor, b.tensor);
  const flags = (a.isTransposed ? TRANSPOSE_A : 0) | (b.isTransposed ? TRANSPOSE_B : 0) |
    (a.hasOnes ? ONES_A : 0) | (a.patches ? PATCHES_A : 0) | flagsOfRight(b);
  const [work, geometry] = productWorkspace();
  kernels(dtype).gemm(
    flags,
    a.rows,
    b.columns,
    a.columns,
    alpha,
    a.tensor.pointer,
    strideOf(a, geometry),
    b.tensor.pointer,
    strideOf(b, geometry + GEOMETRY_BYTES),
    beta,
    pointer,
    target.stride,
    work,
  );
  return out;
}

/**
 * out = alpha aᵀ D a + beta out, exactly symmetric, D = diag(rowWeights); a.T of a matrix in memory gives a D aᵀ. The
 * weights are multiplied to rows as these are packed: no copy of them is made. Cost: rows columns² flops, half a general
 * product.
 */
export function gram(a: Matrix, out: Tensor, scales: GramScales = {}): Tensor {
  const { alpha = 1, beta = 0, rowWeights } = scales;
  const target = matrix(out);
  const isHeld = !a.hasOnes && !a.patches;
  if ((a.isTransposed && !isHeld) || target.rows !== a.columns || target.columns !== a.columns) {
    throw new TypeError(
      `Cannot write the Gram matrix of ${describe(a)} to ${describe(target)}: the shapes differ`,
    );
  }
  checkDTypes("multiply matrices", out, a.tensor);
  if (rowWeights !== undefined) checkWeights(a, rowWeights);
  const [work, geometry] = productWorkspace();
  kernels(out.dtype).syrk(
    (a.isTransposed ? 0 : TRANSPOSE_A) | (a.hasOnes ? ONES_A : 0) | (a.patches ? PATCHES_A : 0),
    a.columns,
    a.rows,
    alpha,
    a.tensor.pointer,
    strideOf(a, geometry),
    beta,
    out.pointer,
    target.stride,
    rowWeights === undefined || a.rows === 0 ? 0 : rowWeights.pointer,
    work,
  );
  return out;
}

function checkWeights(a: Matrix, weights: Tensor): void {
  checkDTypes("weigh rows", a.tensor, weights);
  if (weights.size === a.rows) return;
  throw new TypeError(
    `Cannot weigh the rows of ${describe(a)} by ${formatShape(weights.shape)}: ` +
      "there must be one weight for each row",
  );
}

function asMatrix(t: unknown, name: string): Matrix {
  checkTensor("multiply", name, t);
  if (t.shape.length !== 2) {
    throw new TypeError(
      `Cannot multiply: ${name} has shape ${formatShape(t.shape)}, a matrix has two axes`,
    );
  }
  return matrix(t);
}

/**
 * Multiplies two matrices: a b, with either transposed on request.
 *
 * Shapes: a (m, k), b (k, n), result (m, n). Cost: 2 m n k flops. Deterministic: the order of additions
 * depends on the shapes alone.
 *
 * @throws {TypeError} when a shape or dtype does not fit, or `out` overlaps an operand.
 * @throws {DisposedError} when a tensor was disposed.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { matmul, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using a = tensor([[1, 2], [3, 4]]);
 * using b = tensor([[1, 0], [1, 1]]);
 * using c = matmul(a, b, { transposeB: true });
 * assertEquals(c.toArray(), [[1, 3], [3, 7]]);
 * ```
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  checkOptions("multiply", options, NAMES);
  const { transposeA = false, transposeB = false, out } = options;
  checkBoolean("multiply", "transposeA", transposeA);
  checkBoolean("multiply", "transposeB", transposeB);
  const left = transposeA ? asMatrix(a, "a").T : asMatrix(a, "a");
  const right = transposeB ? asMatrix(b, "b").T : asMatrix(b, "b");
  if (left.columns !== right.rows) {
    throw new TypeError(
      `Cannot multiply ${describe(left)} by ${describe(right)}: inner sizes must match`,
    );
  }
  checkDTypes("multiply matrices", a, b);
  if (out !== undefined) {
    asMatrix(out, "out");
    if (overlaps(out, a) || overlaps(out, b)) {
      throw new TypeError(
        "Cannot write a product over one of its operands: out must not overlap them",
      );
    }
    return gemm(left, right, out);
  }
  const made = new Tensor(a.dtype, [left.rows, right.columns]);
  return filled(made, () => gemm(left, right, made));
}
