// A set of sites, whose parameters one after the other, in the order of θ, are a vector of the block's own.
import { copy, fill } from "../../ops/vector.ts";
import { describe } from "../../runtime/arguments.ts";
import { checkTensor, Tensor } from "../../tensor/tensor.ts";
import type { Site } from "./site_layout.ts";

/** Numbers of sites, in ascending order. */
export type Block = readonly number[];

/** Elements of θ that lie together. */
export interface ParameterRange {
  /** The first in θ. */
  readonly offset: number;
  /** How many. */
  readonly size: number;
}

/** Where the parameters of some sites are in a vector. */
export interface SitePlaces {
  /** Their numbers. */
  readonly sites: Block;
  /** The first element of a site. */
  offsetOf(site: number): number;
}

/** Some sites of a model, and their parameters as a vector of its own order (P_b). */
export class SiteBlock implements SitePlaces {
  /** Numbers of the sites. */
  readonly sites: Block;
  /** Their names. */
  readonly names: readonly string[];
  /** Where their parameters are in θ; neighbours are one range. */
  readonly ranges: readonly ParameterRange[];
  /** Number of their parameters (P_b). */
  readonly size: number;
  /** The same sites with their places in vectors of all parameters (P). */
  readonly whole: SitePlaces;
  readonly #all: readonly Site[];
  readonly #offsets: ReadonlyMap<number, number>;
  readonly #total: number;

  /** Takes numbers that were checked. */
  constructor(all: readonly Site[], sites: Block) {
    const offsets = new Map<number, number>(), ranges: { offset: number; size: number }[] = [];
    let size = 0;
    for (const site of sites) {
      const { weight, offset } = all[site], last = ranges.at(-1);
      offsets.set(site, size);
      size += weight.size;
      if (last && last.offset + last.size === offset) last.size += weight.size;
      else ranges.push({ offset, size: weight.size });
    }
    this.sites = Object.freeze([...sites]);
    this.names = Object.freeze(sites.map((site) => all[site].name));
    this.ranges = Object.freeze(ranges.map((range) => Object.freeze(range)));
    this.size = size;
    this.whole = Object.freeze({
      sites: this.sites,
      offsetOf: (site: number): number => all[site].offset,
    });
    this.#all = all;
    this.#offsets = offsets;
    this.#total = all.reduce((sum, { weight }) => sum + weight.size, 0);
    Object.freeze(this);
  }

  /**
   * The first element of a site in the block's own vectors.
   *
   * @throws {RangeError} when the site is not in the block.
   */
  offsetOf(site: number): number {
    const offset = this.#offsets.get(site);
    if (offset !== undefined) return offset;
    throw new RangeError(
      `Cannot find the parameters of a site: the block has ${this.sites.join(", ")}, not ${
        describe(site)
      }`,
    );
  }

  /** True for the sites of the model that the block was made for. */
  belongsTo(sites: readonly Site[]): boolean {
    return sites === this.#all;
  }

  /**
   * The block's part of a vector of all parameters (P), as views: one for each range.
   *
   * @throws {TypeError} when the vector does not have as many elements as the model has parameters.
   */
  views(vector: Tensor): Tensor[] {
    this.#check("look at the parameters of a block", vector, this.#total);
    return this.ranges.map(({ offset, size }) => vector.view([size], offset));
  }

  /**
   * Copies the block's part of a vector of all parameters (P) to one of its own (P_b).
   *
   * @param out Where to write it. @default a new tensor
   * @throws {TypeError} when a size or dtype does not fit.
   */
  gather(vector: Tensor, out?: Tensor): Tensor {
    const parts = this.views(vector);
    if (out !== undefined) this.#check("gather the parameters of a block", out, this.size, vector);
    const own = out ?? new Tensor(vector.dtype, [this.size]);
    let from = 0;
    for (const part of parts) {
      copy(part, own.view([part.size], from));
      from += part.size;
    }
    return own;
  }

  /**
   * Copies a vector of the block's own (P_b) to its part of one of all parameters (P); the rest stays as it is.
   *
   * @param out Where to write it. @default a new tensor, zero elsewhere
   * @throws {TypeError} when a size or dtype does not fit.
   */
  scatter(own: Tensor, out?: Tensor): Tensor {
    this.#check("scatter the parameters of a block", own, this.size);
    if (out !== undefined) this.#check("scatter the parameters of a block", out, this.#total, own);
    const vector = out ?? fill(new Tensor(own.dtype, [this.#total]), 0);
    let from = 0;
    for (const part of this.views(vector)) {
      copy(own.view([part.size], from), part);
      from += part.size;
    }
    return vector;
  }

  #check(action: string, vector: Tensor, size: number, like: Tensor = vector): void {
    checkTensor(action, "the vector", vector);
    if (vector.size === size && vector.dtype === like.dtype) return;
    throw new TypeError(
      `Cannot ${action}: the vector has ${vector.size} elements of ${
        describe(vector.dtype)
      }, not ${size} of ${like.dtype}`,
    );
  }
}
