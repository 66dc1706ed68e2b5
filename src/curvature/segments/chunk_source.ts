// Fields of chunks of all parameters in some order, whichever layers they belong to: chunks side by side, then what is left.
import type { Site } from "../../nn/linearization.ts";
import { kernels } from "../../runtime/instance.ts";
import { wordView } from "../../runtime/memory.ts";
import { permutation, type RandomKey } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type FieldSource, padded, type SampledBatch, type WriteFields } from "./source.ts";
import type { SegmentChunks } from "./strategy.ts";

/** Parameters in the order of files, each once: arrays that share a column hold it at the first. */
export function fileOrder(sites: readonly Site[]): number[] {
  return sites.flatMap(({ arrays, offset, weight: { shape: [rows, columns] } }) => {
    const seen = new Set<number>();
    const order = arrays.flatMap(({ shape, column }) => {
      const width = shape.slice(1).reduce((product, extent) => product * extent, 1);
      const places = Array.from(
        { length: rows * width },
        (_, i) => offset + Math.floor(i / width) * columns + column(i % width),
      );
      return places.filter((place) => !seen.has(place) && seen.add(place));
    });
    // Forms of their own may keep W in arrays that are not by rows: theirs is the order of θ.
    const size = rows * columns;
    return order.length === size ? order : Array.from({ length: size }, (_, i) => offset + i);
  });
}

/** All parameters of a model, permuted. */
export class ChunkSource implements FieldSource {
  readonly length: number;
  /** Chunks of the full size. */
  readonly count: number;
  /** Places for them, side by side. */
  readonly width: number;
  /** Parameters of the last chunk. */
  readonly rest: number;
  readonly #places: Int32Array;
  /** The places again, where kernels read them; two in each element. */
  readonly #words: Tensor;

  /** Working memory for places is asked of `make`. */
  constructor(
    sites: readonly Site[],
    { size, key }: SegmentChunks,
    make: (size: number) => Tensor,
  ) {
    const order = ordered(fileOrder(sites), key);
    const dtype = sites[0]?.weight.dtype ?? "float32";
    this.count = Math.floor(order.length / size);
    this.rest = order.length - this.count * size;
    this.width = padded(dtype, this.count);
    this.length = padded(dtype, size * this.width + this.rest);
    this.#places = new Int32Array(this.length).fill(-1);
    for (const [i, place] of order.entries()) {
      const chunk = Math.floor(i / size), element = i % size;
      const at = chunk < this.count ? element * this.width + chunk : size * this.width + element;
      this.#places[at] = place;
    }
    this.#words = make(Math.ceil(this.length / 2));
    wordView(this.#words.pointer, this.length).set(this.#places);
  }

  indexAt(place: number): number {
    return this.#places[place];
  }

  withFields({ lin, sweep }: SampledBatch, visit: (write: WriteFields) => void): void {
    sweep.withOutputs((u) => {
      const rows = lin.vjpRows(u);
      using all = new Tensor(u.dtype, [lin.parameterCount]);
      visit(({ first, count }, out) => {
        for (let n = 0; n < count; n++) {
          rows({ first: first + n, count: 1 }, all, { offset: 0, stride: all.size });
          this.read(all, out.view([this.length], n * this.length));
        }
      });
    });
  }

  read(vector: Tensor, field: Tensor): void {
    const { gather } = kernels(field.dtype);
    gather(this.length, this.#words.pointer, vector.pointer, field.pointer);
  }

  write(field: Tensor, vector: Tensor): void {
    const { scatter } = kernels(field.dtype);
    scatter(this.length, this.#words.pointer, field.pointer, vector.pointer);
  }
}

function ordered(order: readonly number[], key: RandomKey | undefined): readonly number[] {
  if (!key) return order;
  return Array.from(permutation(key, order.length), (i) => order[i]);
}
