// Fields of a site that multiplies rows: the transposed gradient of a sample, Σ_t a_t g_tᵀ (D, O), rows padded to whole
// vectors. Segments of neighbouring rows of W are neighbours in memory.
import type { Site } from "../../../nn/linearization.ts";
import { gemm } from "../../../ops/gemm.ts";
import { Matrix, rowsBetween } from "../../../ops/matrix.ts";
import { fill } from "../../../ops/vector.ts";
import { kernels } from "../../../runtime/instance.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import {
  type FieldSource,
  padded,
  type SampledBatch,
  type WriteFields,
} from "../../segments/source.ts";
import { open } from "../_rows.ts";

/** A site's rows, transposed. */
export class RowSource implements FieldSource {
  /** Number of the site. */
  readonly site: number;
  /** Elements between columns of W in a field. */
  readonly pitch: number;
  readonly length: number;
  readonly #offset: number;
  readonly #rows: number;
  readonly #columns: number;

  /** Of the site with this number. */
  constructor({ weight, offset }: Site, number: number) {
    const [rows, columns] = weight.shape;
    this.site = number;
    this.#offset = offset;
    this.#rows = rows;
    this.#columns = columns;
    this.pitch = padded(weight.dtype, rows);
    this.length = columns * this.pitch;
  }

  indexAt(place: number): number {
    const row = place % this.pitch, column = Math.floor(place / this.pitch);
    return row < this.#rows ? this.#offset + row * this.#columns + column : -1;
  }

  withFields({ sites, sweep }: SampledBatch, visit: (write: WriteFields) => void): void {
    const { inputs, firstRow } = sites[this.site];
    const gradients = open(sweep.cotangents[this.site]);
    visit(({ first, count }, out) => {
      if (this.pitch > this.#rows) fill(out.view([count * this.length]), 0);
      for (let n = 0; n < count; n++) {
        const [begin, end] = [firstRow(first + n), firstRow(first + n + 1)];
        const [g, a] = [gradients, inputs].map((rows) => rowsBetween(rows, begin, end));
        const field = out.view([this.length], n * this.length);
        gemm(a.T, g, new Matrix(field, this.#columns, this.#rows, this.pitch));
      }
    });
  }

  read(vector: Tensor, field: Tensor): void {
    const block = vector.view([this.#rows * this.#columns], this.#offset);
    if (this.pitch > this.#rows) fill(field.view([this.length]), 0);
    // deno-fmt-ignore
    kernels(field.dtype).transpose(this.#rows, this.#columns, block.pointer, this.#columns, field.pointer, this.pitch);
  }

  write(field: Tensor, vector: Tensor): void {
    const block = vector.view([this.#rows * this.#columns], this.#offset);
    // deno-fmt-ignore
    kernels(field.dtype).transpose(this.#columns, this.#rows, field.pointer, this.pitch, block.pointer, this.#columns);
  }
}
