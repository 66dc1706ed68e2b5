import { Matrix } from "../../../ops/matrix.ts";
import { instance } from "../../../runtime/instance.ts";
import { elementBytes } from "../../../runtime/memory.ts";
import type { Tensor } from "../../../tensor/tensor.ts";

/**
 * The rows of one time step, one for each sample, in a tensor (B, steps, width).
 *
 * Samples come first in memory, so that the steps of a sample are the rows of its affine site; the rows of one
 * step then lie `stride` elements apart. A tensor of one step serves every step in turn.
 */
export class StepRows {
  /** (B, steps, width). */
  readonly tensor: Tensor;
  /** Elements between the rows of one step. */
  readonly stride: number;
  readonly #steps: number;
  readonly #width: number;

  /** Looks at a tensor (B, steps, width). */
  constructor(tensor: Tensor) {
    const [, steps, width] = tensor.shape;
    this.tensor = tensor;
    this.stride = steps * width;
    this.#steps = steps;
    this.#width = width;
  }

  /** Address of the first sample's row, from column `first` on. */
  address(step: number, first = 0): number {
    return this.tensor.pointer + elementBytes(this.tensor.dtype, this.#offset(step, first));
  }

  /** The rows as a matrix: columns `first` and those after it, perhaps with ones behind them. */
  matrix(step: number, first = 0, hasOnes = false): Matrix {
    const { tensor, stride } = this;
    const offset = this.#offset(step, first);
    const columns = this.#width - first + (hasOnes ? 1 : 0);
    const rest = tensor.view([tensor.size - offset], offset);
    return new Matrix(rest, tensor.shape[0], columns, stride, hasOnes);
  }

  /** The rows of all steps, sample by sample. */
  flat(): Tensor {
    const { tensor } = this;
    return tensor.view([tensor.size / this.#width, this.#width]);
  }

  /** Sets `columns` columns of the rows of a step to zero. */
  clear(step: number, first = 0, columns = this.#width - first): void {
    const { tensor: { dtype, shape }, stride } = this;
    const [bytes, pitch] = [elementBytes(dtype, columns), elementBytes(dtype, stride)];
    instance().exports.copy_rows(shape[0], bytes, 0, 0, this.address(step, first), pitch);
  }

  /** Copies the leading columns of a step to the rows of a step of another tensor, as wide as those are. */
  copyLeading(step: number, target: StepRows): void {
    const { tensor: { dtype, shape }, stride } = this;
    instance().exports.copy_rows(
      shape[0],
      elementBytes(dtype, target.#width),
      this.address(step),
      elementBytes(dtype, stride),
      target.address(step),
      elementBytes(dtype, target.stride),
    );
  }

  /** Sets the leading columns of all rows to those of a tensor, or to zero. */
  setLeading(columns: number, source: Tensor | undefined): void {
    const { dtype, size, pointer } = this.tensor;
    const bytes = elementBytes(dtype, columns);
    const rows = size / this.#width;
    const from = source?.pointer ?? 0;
    instance().exports.copy_rows(
      rows,
      bytes,
      from,
      bytes,
      pointer,
      elementBytes(dtype, this.#width),
    );
  }

  #offset(step: number, first: number): number {
    return step % this.#steps * this.#width + first;
  }
}
