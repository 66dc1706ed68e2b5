// Fields of a site whose parameters count one by one, in the order of W: it is applied in a way of its own, or more than once.
import type { Site } from "../../../nn/linearization.ts";
import { rowsBetween } from "../../../ops/matrix.ts";
import { copy, fill } from "../../../ops/vector.ts";
import { Tensor } from "../../../tensor/tensor.ts";
import {
  type FieldSource,
  padded,
  type SampledBatch,
  type WriteFields,
} from "../../segments/source.ts";
import { open } from "../_rows.ts";

/** A site's parameters, one by one. */
export class ElementSource implements FieldSource {
  readonly length: number;
  readonly #site: number;
  readonly #offset: number;
  readonly #size: number;

  /** Of the site with this number. */
  constructor({ weight, offset }: Site, number: number) {
    this.#site = number;
    this.#offset = offset;
    this.#size = weight.size;
    this.length = padded(weight.dtype, weight.size);
  }

  indexAt(place: number): number {
    return place < this.#size ? this.#offset + place : -1;
  }

  withFields(batch: SampledBatch, visit: (write: WriteFields) => void): void {
    const { lin, sites, sweep } = batch;
    const site = sites[this.#site];
    if (site.uses > 1) {
      return sweep.withOutputs((u) => {
        const rows = lin.vjpRows(u);
        using all = new Tensor(u.dtype, [lin.parameterCount]);
        visit(this.#eachSample((sample, to) => {
          rows({ first: sample, count: 1 }, all, { offset: 0, stride: all.size });
          copy(all.view([this.#size], this.#offset), to);
        }));
      });
    }
    const { form, inputs, firstRow, weight: { shape } } = site;
    const gradients = open(sweep.cotangents[this.#site]);
    visit(this.#eachSample((sample, to) => {
      const [begin, end] = [firstRow(sample), firstRow(sample + 1)];
      const [g, a] = [gradients, inputs].map((rows) => rowsBetween(rows, begin, end));
      form.pull(g, a, to.view(shape), { alpha: 1, beta: 0 });
    }));
  }

  read(vector: Tensor, field: Tensor): void {
    fill(field.view([this.length]), 0);
    copy(vector.view([this.#size], this.#offset), field.view([this.#size]));
  }

  write(field: Tensor, vector: Tensor): void {
    copy(field.view([this.#size]), vector.view([this.#size], this.#offset));
  }

  #eachSample(writeSample: (sample: number, to: Tensor) => void): WriteFields {
    return ({ first, count }, out) => {
      fill(out.view([count * this.length]), 0);
      for (let n = 0; n < count; n++) {
        writeSample(first + n, out.view([this.#size], n * this.length));
      }
    };
  }
}
