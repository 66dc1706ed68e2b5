// Rows of samples that nothing outside this folder can look into: methods hand them from one sum to the next.
import { Matrix } from "../../ops/matrix.ts";

/** One row for each sample, or for each of its positions; the statistics beside it take sums over them. */
export class SampleRows {
  readonly #matrix: Matrix;

  /** Rows in memory, patches of images, or rows with a one behind them. */
  constructor(matrix: Matrix) {
    this.#matrix = matrix;
  }

  /** What products take. */
  static open(rows: SampleRows): Matrix {
    return rows.#matrix;
  }

  /** How many there are. */
  get rows(): number {
    return this.#matrix.rows;
  }

  /** Elements of each, the one of a bias included. */
  get columns(): number {
    return this.#matrix.columns;
  }

  /** True where the rows are patches of images, which memory does not hold. */
  get areGathered(): boolean {
    return this.#matrix.patches !== undefined;
  }
}

/** What products take. */
export function open(rows: SampleRows): Matrix {
  return SampleRows.open(rows);
}

/** The rows but for a one behind them. */
export function withoutOnes(source: Matrix): Matrix {
  const { tensor, storedRows, heldColumns, stride, hasOnes, patches } = source;
  return hasOnes
    ? new Matrix(tensor, storedRows, heldColumns, stride, false, false, patches)
    : source;
}
