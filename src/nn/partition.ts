import { checkIsModel, type Model } from "./model.ts";
import { Partition, type PartitionRule } from "./sites/partition.ts";

export type { PartitionRule } from "./sites/partition.ts";

/**
 * Parts the parameters of a model in blocks of sites.
 *
 * A site, a weight with its bias, is never split, and a weight that several layers use is in one block. Blocks need not
 * lie together in θ: each knows its ranges, and gathers or scatters vectors. Curvature operators take partitions, and
 * then have one operator for each block, of its own order.
 *
 * @param rule "site": a block of each site; k: that many groups of neighbours with parameters as equal in number as there
 * can be; or lists of sites by number or name.
 * @throws {TypeError} when `model` is no model, or the rule is none.
 * @throws {RangeError} when a site is in no block or in two or is not there, or there cannot be k blocks.
 *
 * @example
 * ```ts
 * import { dense, partition, sequential, tanh } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [4] }, [dense(3), tanh(), dense(3), tanh(), dense(1)]);
 * const ends = partition(model, [["dense_1", "dense_3"], ["dense_2"]]);
 * assertEquals(ends.blocks.map(({ size }) => size), [19, 12]);
 * assertEquals(ends.blocks[0].ranges, [{ offset: 0, size: 15 }, { offset: 27, size: 4 }]);
 * const halves = partition(model, 2);
 * assertEquals(halves.blocks.map(({ names }) => names), [["dense_1"], ["dense_2", "dense_3"]]);
 * ```
 */
export function partition(model: Model, rule: PartitionRule): Partition {
  checkIsModel("part the parameters", model);
  return new Partition(model.sites, rule);
}
