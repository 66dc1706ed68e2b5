// What a step computes, so that methods can be compared by more than their steps.
import { LinearOperator } from "../../linalg/operator.ts";
import type { Model } from "../../nn/model.ts";
import type { Partition } from "../../nn/sites/partition.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { StepWork } from "../optimizer.ts";

/** Counts what a step computes. */
export class WorkCount {
  #products = 0;
  #gradients = 0;
  #evaluations = 0;
  #samples = 0;

  /** A gradient of so many samples, with the linearization that it is of, or a reverse sweep that costs as much. */
  gradient(samples: number): void {
    this.#gradients++;
    this.#samples += samples;
  }

  /** A product that costs `share` of a full one, over so many samples. */
  product(share: number, samples: number): void {
    this.#products += share;
    this.#samples += share * samples;
  }

  /** The loss of so many samples. */
  evaluation(samples: number): void {
    this.#evaluations++;
    this.#samples += samples;
  }

  /** The report. */
  get total(): StepWork {
    return {
      products: this.#products,
      gradients: this.#gradients,
      evaluations: this.#evaluations,
      samples: this.#samples,
    };
  }
}

/** An operator that tells of every product. */
export class CountedOperator extends LinearOperator {
  readonly #op: LinearOperator;
  readonly #count: () => void;

  /** Multiplies by another, which stays the caller's. */
  constructor(op: LinearOperator, count: () => void) {
    super(op);
    this.#op = op;
    this.#count = count;
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    this.#count();
    this.#op.apply(v, out);
  }
}

/**
 * What a product with each block costs in products with the whole matrix, by the elements of the matrices that it
 * multiplies: forward and back, a site of the block by its tangent, and those above the block's first by themselves.
 */
export function productShares({ sites, uses }: Model, { blocks }: Partition): number[] {
  const costs = uses.map(({ site }) => sites[site].weight.size * sites[site].positions);
  const costOf = (block: readonly number[]): number => {
    const first = uses.findIndex(({ site }) => block.includes(site));
    return uses.reduce((sum, { site }, use) => {
      const matrices = Number(block.includes(site)) + Number(use > first);
      return sum + matrices * costs[use];
    }, 0);
  };
  const whole = costOf(sites.map((_, site) => site));
  return blocks.map((block) => costOf(block.sites) / whole);
}
