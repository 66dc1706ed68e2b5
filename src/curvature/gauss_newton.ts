import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import type { Partition } from "../nn/sites/partition.ts";
import type { Block, SiteBlock } from "../nn/sites/site_block.ts";
import { scale } from "../ops/vector.ts";
import { checkNumber, checkOptions, namesOf } from "../runtime/arguments.ts";
import { Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { hessianMetric, type OutputMetric } from "./output_metric.ts";
import {
  BLOCK_NAMES,
  type BlockOptions,
  BlockwiseOperator,
  type PartitionedOperator,
  partitionOf,
} from "./partitioned_operator.ts";

/**
 * (1/B) Jᵀ M J, or its diagonal blocks: one Jacobian product forward, M, and one back for each block.
 *
 * Blocks are restricted sweeps: forward mode starts at the block's first layer, reverse mode ends there, so a
 * product is exactly the block's. Takes ownership of `owned`, which the metric reads.
 */
export function jacobianSandwich(
  lin: Linearization,
  metric: OutputMetric,
  partition: Partition,
  isPositiveSemidefinite: boolean,
  owned: readonly Tensor[] = [],
  structuralDamping = 0,
): PartitionedOperator {
  const { output: { dtype, shape }, batchSize } = lin;
  using scope = new Scope(); // gives back what is owned when memory ends before the operator is made
  for (const tensor of owned) scope.own(tensor);
  const pushed = scope.own(new Tensor(dtype, shape)),
    weighted = scope.own(new Tensor(dtype, shape));
  const product = (v: Tensor, out: Tensor, block: Block | SiteBlock): void => {
    lin.jvp(v, pushed, block);
    metric(pushed, weighted);
    const pull = (): Tensor => lin.vjp(weighted, out, block);
    if (structuralDamping === 0) pull();
    else lin.hiddenStates?.damp(structuralDamping, pull);
  };
  const finish = (out: Tensor): void => void scale(1 / batchSize, out);
  const kept = [...owned, pushed, weighted].map((tensor) => scope.keep(tensor));
  return new BlockwiseOperator(lin, partition, { isPositiveSemidefinite }, product, {
    finish,
    owned: kept,
  });
}

/** Options of `gaussNewton()`. */
export interface GaussNewtonOptions extends BlockOptions {
  /**
   * Adds this times (1/B) J_hᵀ J_h, J_h the Jacobian of the hidden states of all steps in every layer that has some, as
   * `lstm()`: what a step would move them by is then held down. @default 0
   */
  readonly structuralDamping?: number;
}

const NAMES = namesOf<GaussNewtonOptions, BlockOptions>({ structuralDamping: true }, BLOCK_NAMES);

/**
 * The generalized Gauss-Newton matrix of the mean loss, (1/B) Σ_n J_nᵀ H_n J_n, as an operator.
 *
 * H_n is the Hessian of the loss in the outputs, so the operator is positive semidefinite for convex losses.
 * Shapes: vectors have the parameters' elements (P). Cost of a product: four matrix products for each site,
 * where a gradient takes six; of all blocks of one site each, together a quarter of L + 1 of it for L sites of equal
 * cost. It reads the linearization, which must outlive it.
 *
 * With a partition, `blocks` of the result has an operator for each block, of the block's own order.
 *
 * @throws {TypeError} when `blocks` or `partition` is none, or belongs to another model, or no layer has the hidden states
 * that `structuralDamping` is of.
 * @throws {RangeError} when a site is in no block or in two, or `structuralDamping` is negative.
 *
 * Source: Schraudolph 2002, section 3; blocks: Zhang et al. 2017 (arXiv 1712.07296), abstract; structural damping: Martens &
 * Sutskever 2011, with the quadratic distance of hidden states.
 *
 * @example
 * ```ts
 * import { dense, gaussNewton, sequential, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [3]]);
 * using target = tensor([[0], [0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using operator = gaussNewton(lin);
 * using matrix = operator.toDense();
 * assertEquals(matrix.toArray(), [[5, 2], [2, 1]]);
 * ```
 */
export function gaussNewton(
  lin: Linearization,
  options: GaussNewtonOptions = {},
): PartitionedOperator {
  const action = "make a Gauss-Newton matrix";
  checkLinearization(action, lin);
  checkOptions(action, options, NAMES);
  const { structuralDamping = 0 } = options;
  checkNumber(action, "structuralDamping", structuralDamping, "non-negative");
  if (structuralDamping > 0) checkHasHiddenStates(action, lin.hiddenStates !== undefined);
  const parts = partitionOf(lin, options), { isConvex } = lin.lossFunction;
  return jacobianSandwich(lin, hessianMetric(lin), parts, isConvex, [], structuralDamping);
}

/** Refuses structural damping where there is nothing that it could hold. */
export function checkHasHiddenStates(action: string, hasHiddenStates: boolean): void {
  if (hasHiddenStates) return;
  throw new TypeError(
    `Cannot ${action}: structuralDamping needs a layer that has hidden states, as lstm(), and the model has none`,
  );
}
