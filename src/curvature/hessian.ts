import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import { checkOptions } from "../runtime/arguments.ts";
import {
  BLOCK_NAMES,
  type BlockOptions,
  type BlockProduct,
  BlockwiseOperator,
  type PartitionedOperator,
  partitionOf,
} from "./partitioned_operator.ts";

/**
 * The Hessian of the mean loss as an operator; symmetric, in general indefinite.
 *
 * Shapes: vectors have the parameters' elements (P). Cost of a product: about two gradients. It reads the
 * linearization, which must outlive it.
 *
 * With a partition, `blocks` of the result has an operator for each block, of the block's own order.
 *
 * @throws {TypeError} when `lin` is not a linearization, or `blocks` or `partition` is none.
 * @throws {RangeError} when a site is in no block or in two.
 *
 * Source: Pearlmutter 1994.
 *
 * @example
 * ```ts
 * import { dense, hessian, sequential, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [3]]);
 * using target = tensor([[0], [0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using operator = hessian(lin);
 * using matrix = operator.toDense();
 * assertEquals(matrix.toArray(), [[5, 2], [2, 1]]);
 * ```
 */
export function hessian(lin: Linearization, options: BlockOptions = {}): PartitionedOperator {
  checkLinearization("make a Hessian", lin);
  checkOptions("make a Hessian", options, BLOCK_NAMES);
  const product: BlockProduct = (v, out, block) => void lin.hvp(v, out, block);
  return new BlockwiseOperator(lin, partitionOf(lin, options), {}, product);
}
