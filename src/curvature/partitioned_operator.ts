// Curvature by blocks of sites: the operator of all parameters, and one of its own order for each block.
import { LinearOperator, type OperatorProperties } from "../linalg/operator.ts";
import type { Linearization } from "../nn/linearization.ts";
import { Partition, type PartitionRule } from "../nn/sites/partition.ts";
import type { Block, SiteBlock } from "../nn/sites/site_block.ts";
import { type Names, namesOf } from "../runtime/arguments.ts";
import { Scope } from "../runtime/scope.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Which part of a curvature matrix to keep; what lies outside the diagonal blocks counts as zero. */
export interface BlockOptions {
  /** "full", or short for a `partition` by "site" or by lists of numbers. @default "full" */
  readonly blocks?: "full" | "site" | readonly Block[];
  /** The blocks: what `partition()` makes of the model, or takes to make it. @default one block */
  readonly partition?: Partition | PartitionRule;
}

/** Their names. */
export const BLOCK_NAMES: Names<BlockOptions> = namesOf<BlockOptions>({
  blocks: true,
  partition: true,
});

/** A curvature matrix that is zero outside its diagonal blocks. */
export interface PartitionedOperator extends LinearOperator {
  /** Which sites are in which block. */
  readonly partition: Partition;
  /** One operator for each block, of the block's own order; they belong to this one and end with it. */
  readonly blocks: readonly LinearOperator[];
}

/** The partition that options ask for. */
export function partitionOf(
  { modelSites }: Linearization,
  { blocks, partition }: BlockOptions,
): Partition {
  if (partition === undefined) return new Partition(modelSites, ruleOf(blocks));
  if (blocks !== undefined) {
    throw new TypeError("Cannot part the parameters: blocks and partition are two names of one");
  }
  if (!(partition instanceof Partition)) return new Partition(modelSites, partition);
  if (partition.belongsTo(modelSites)) return partition;
  throw new TypeError("Cannot part the parameters: the partition belongs to another model");
}

function ruleOf(blocks: BlockOptions["blocks"] = "full"): PartitionRule {
  if (blocks === "full") return 1;
  if (blocks === "site" || Array.isArray(blocks)) return blocks;
  throw new TypeError(
    'Cannot part the parameters: blocks must be "full", "site" or lists of numbers of sites',
  );
}

/**
 * Writes the product with a block's rows and columns. Of a block given by numbers, v and out have all parameters (P), of
 * which only its own are read and written; of a block of a partition they are its own (P_b).
 */
export type BlockProduct = (v: Tensor, out: Tensor, block: Block | SiteBlock) => void;

class BlockOperator extends LinearOperator {
  readonly #multiply: (v: Tensor, out: Tensor) => void;

  constructor(
    like: LinearOperator,
    size: number,
    multiply: (v: Tensor, out: Tensor) => void,
  ) {
    const { dtype, isSymmetric, isPositiveSemidefinite } = like;
    super({ size, dtype, isSymmetric, isPositiveSemidefinite });
    this.#multiply = multiply;
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    this.#multiply(v, out);
  }
}

/** A symmetric curvature matrix by blocks, from the product with one of them. */
export class BlockwiseOperator extends LinearOperator implements PartitionedOperator {
  readonly partition: Partition;
  readonly blocks: readonly LinearOperator[];
  readonly #product: BlockProduct;
  readonly #finish: (out: Tensor) => void;
  readonly #scope = new Scope();

  /** Takes ownership of `owned`, which products work with; `finish` ends a product of any order. */
  constructor(
    { output: { dtype } }: Linearization,
    partition: Partition,
    properties: OperatorProperties,
    product: BlockProduct,
    { finish = (): void => {}, owned = [] }: {
      readonly finish?: (out: Tensor) => void;
      readonly owned?: readonly Tensor[];
    } = {},
  ) {
    super({ size: partition.size, dtype, isSymmetric: true, ...properties });
    this.partition = partition;
    this.#product = product;
    this.#finish = finish;
    for (const tensor of owned) this.#scope.own(tensor);
    this.blocks = Object.freeze(
      partition.blocks.map((block) =>
        new BlockOperator(this, block.size, (v, out) => {
          product(v, out, block);
          finish(out);
        })
      ),
    );
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    for (const { sites } of this.partition.blocks) this.#product(v, out, sites);
    this.#finish(out);
  }

  /** Gives the buffers back; a second call does nothing. */
  override dispose(): void {
    this.#scope.dispose();
    super.dispose();
  }
}
