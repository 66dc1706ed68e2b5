import { checkBoolean, checkWhole } from "../runtime/arguments.ts";
import { formatShape, MAXIMUM_ELEMENTS, sizeOf } from "../tensor/shape.ts";
import { checkTensor, type Tensor } from "../tensor/tensor.ts";
import { checkPatches } from "./check_patches.ts";
import { patchElement, type PatchGeometry } from "./patch_geometry.ts";

/**
 * A two-dimensional look at a tensor, as matrix products take it: perhaps transposed, perhaps with a
 * stride, perhaps with a column of ones that memory does not hold (the homogeneous coordinate that
 * carries a bias), perhaps with the patches of images for rows, which memory does not hold either.
 */
export class Matrix {
  /** The tensor that holds the elements. */
  readonly tensor: Tensor;
  /** True when rows and columns are exchanged with respect to memory. */
  readonly isTransposed: boolean;
  /** True when the last stored column is all ones and not in memory. */
  readonly hasOnes: boolean;
  /** Elements between the starts of stored rows. */
  readonly stride: number;
  /** Rows in memory. */
  readonly storedRows: number;
  /** Columns in memory, and the ones. */
  readonly storedColumns: number;
  /** Where rows are patches, how these lie over the images that the tensor holds. */
  readonly patches: PatchGeometry | undefined;

  /**
   * Looks at rows of a tensor that begin `stride` elements apart, or at the patches of the images in it.
   *
   * @throws {TypeError} when an argument has the wrong type.
   * @throws {RangeError} when the rows overlap or reach beyond the tensor, or patches are not there.
   * @throws {DisposedError} when the tensor was disposed.
   */
  constructor(
    tensor: Tensor,
    storedRows: number,
    storedColumns: number,
    stride: number,
    hasOnes = false,
    isTransposed = false,
    patches?: PatchGeometry,
  ) {
    checkTensor("make a matrix", "the tensor", tensor);
    checkBoolean("make a matrix", "hasOnes", hasOnes);
    checkBoolean("make a matrix", "isTransposed", isTransposed);
    checkWhole("make a matrix", "storedColumns", storedColumns, hasOnes ? 1 : 0);
    const held = storedColumns - (hasOnes ? 1 : 0);
    if (patches === undefined) checkRows(tensor, storedRows, held, stride);
    else {
      checkWhole("make a matrix", "storedRows", storedRows, 0);
      checkWhole("make a matrix", "the stride of patches", stride, 0, 0);
      checkPatches("make a matrix", patches, tensor.size, storedRows, held);
    }
    this.tensor = tensor;
    this.storedRows = storedRows;
    this.storedColumns = storedColumns;
    this.stride = stride;
    this.hasOnes = hasOnes;
    this.isTransposed = isTransposed;
    this.patches = patches;
  }

  /** Rows of the matrix. */
  get rows(): number {
    return this.isTransposed ? this.storedColumns : this.storedRows;
  }

  /** Columns of the matrix. */
  get columns(): number {
    return this.isTransposed ? this.storedRows : this.storedColumns;
  }

  /** Columns but the ones. */
  get heldColumns(): number {
    return this.storedColumns - (this.hasOnes ? 1 : 0);
  }

  /** The transposed matrix, looking at the same memory. */
  get T(): Matrix {
    const { tensor, storedRows, storedColumns, stride, hasOnes, isTransposed, patches } = this;
    return new Matrix(tensor, storedRows, storedColumns, stride, hasOnes, !isTransposed, patches);
  }

  /** Copies the elements, ones included, into rows of numbers. */
  toArray(): number[][] {
    const { tensor: { data }, patches, stride } = this;
    const element = (row: number, column: number): number => {
      if (column === this.heldColumns) return 1;
      if (!patches) return data[row * stride + column];
      const index = patchElement(patches, row, column);
      return index === undefined ? 0 : data[index];
    };
    return Array.from(
      { length: this.rows },
      (_, i) =>
        Array.from(
          { length: this.columns },
          (_, j) => this.isTransposed ? element(j, i) : element(i, j),
        ),
    );
  }
}

function checkRows(tensor: Tensor, rows: number, columns: number, stride: number): void {
  const most = columns > 0 ? tensor.size : MAXIMUM_ELEMENTS; // rows without elements need none
  checkWhole("make a matrix", "storedRows", rows, 0, most);
  checkWhole("make a matrix", "the stride", stride, columns);
  if (rows > 0 && (rows - 1) * stride + columns > tensor.size) {
    throw new RangeError(
      `Cannot make a matrix: ${formatShape([rows, columns])} with stride ${stride} is more ` +
        `than a tensor of shape ${formatShape(tensor.shape)}`,
    );
  }
}

/**
 * The whole tensor as a matrix: its last axis gives the columns, all others together the rows.
 *
 * @throws {TypeError} when it is not a tensor, or has fewer than two axes.
 * @throws {DisposedError} when it was disposed.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { matrix } from "curvature/linalg";
 * import { assertEquals } from "@std/assert";
 *
 * using t = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(matrix(t).T.toArray(), [[1, 4], [2, 5], [3, 6]]);
 * ```
 */
export function matrix(tensor: Tensor): Matrix {
  checkTensor("make a matrix", "the tensor", tensor);
  const columns = tensor.shape.at(-1);
  if (columns === undefined || tensor.shape.length < 2) {
    throw new TypeError(
      `Cannot use a tensor of shape ${
        formatShape(tensor.shape)
      } as a matrix: it needs two axes or more`,
    );
  }
  const rows = columns === 0 ? sizeOf(tensor.shape.slice(0, -1)) : tensor.size / columns;
  return new Matrix(tensor, rows, columns, columns);
}

/**
 * The rows of a tensor (n, k) with a one appended to each: (n, k + 1), the ones not in memory.
 *
 * @throws {TypeError} when it is not a tensor, or has fewer than two axes.
 * @throws {DisposedError} when it was disposed.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { homogeneous } from "curvature/linalg";
 * import { assertEquals } from "@std/assert";
 *
 * using t = tensor([[2, 3]]);
 * assertEquals(homogeneous(t).toArray(), [[2, 3, 1]]);
 * ```
 */
export function homogeneous(tensor: Tensor): Matrix {
  const { storedRows, storedColumns, stride } = matrix(tensor);
  return new Matrix(tensor, storedRows, storedColumns + 1, stride, true);
}

/** Rows `first` to `end` of a matrix that is not transposed; where rows are patches, those of whole images. */
export function rowsBetween(source: Matrix, first: number, end: number): Matrix {
  const { tensor, storedRows, storedColumns, heldColumns, stride, hasOnes, patches } = source;
  const count = end - first;
  if (heldColumns === 0) return new Matrix(tensor, count, storedColumns, stride, hasOnes);
  const [start, length] = patches
    ? [first, count].map((rows) => rows * tensor.size / storedRows)
    : [first * stride, count === 0 ? 0 : (count - 1) * stride + heldColumns];
  const held = tensor.view([length], count === 0 ? 0 : start);
  return new Matrix(held, count, storedColumns, stride, hasOnes, false, patches);
}

/** The leading columns of a matrix in memory that is neither transposed nor homogeneous. */
export function leadingColumns(source: Matrix, columns: number): Matrix {
  return new Matrix(source.tensor, source.storedRows, columns, source.stride);
}

/** Columns `first` to `end` of a matrix in memory that has rows and is neither transposed nor homogeneous. */
export function columnsBetween(
  { tensor, storedRows, stride }: Matrix,
  first: number,
  end: number,
): Matrix {
  return new Matrix(tensor.view([tensor.size - first], first), storedRows, end - first, stride);
}
