import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import { checkOptions, checkWhole, namesOf } from "../runtime/arguments.ts";
import { checkKey, type RandomKey } from "../tensor/random.ts";
import { jacobianSandwich } from "./gauss_newton.ts";
import {
  gradientMetric,
  hessianMetric,
  outputGradient,
  sampledOutputGradients,
} from "./output_metric.ts";
import {
  BLOCK_NAMES,
  type BlockOptions,
  type PartitionedOperator,
  partitionOf,
} from "./partitioned_operator.ts";

/** Each takes a tensor of the outputs' size. */
const MOST_SAMPLES = 1000000;

/** Options of `fisher()`. */
export interface FisherOptions extends BlockOptions {
  /** Targets drawn from the model for each sample. @default none: the exact expectation */
  readonly samples?: number;
  /** Key of the draws; needed with `samples`. */
  readonly key?: RandomKey;
}

const FISHER_NAMES = namesOf<FisherOptions, BlockOptions>(
  { samples: true, key: true },
  BLOCK_NAMES,
);

/**
 * The Fisher information matrix of the model's predictive distribution, as an operator.
 *
 * Without `samples` the exact expectation; for the log-likelihoods here it equals the Gauss-Newton matrix.
 * With `samples` the mean of g gᵀ over targets drawn with `key`. It reads the linearization, which must
 * outlive it.
 *
 * @throws {TypeError} when the loss has no `sample()`, as one that is no log-likelihood, or `samples` comes without a key.
 * @throws {RangeError} when `samples` is not whole and positive, or blocks do not cover the sites once.
 *
 * Source: Martens 2020, "New insights and perspectives on the natural gradient method", sections 5 and 9.
 *
 * @example
 * ```ts
 * import { dense, fisher, randomKey, sequential, softmaxCrossEntropy, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 1 }, [dense(3)]);
 * using input = tensor([[1, 2], [0, 1]]);
 * using target = tensor([0, 2]);
 * using lin = model.linearize(softmaxCrossEntropy(), { input, target });
 * using operator = fisher(lin, { samples: 10, key: randomKey(0) });
 * assert(operator.isPositiveSemidefinite);
 * ```
 */
export function fisher(lin: Linearization, options: FisherOptions = {}): PartitionedOperator {
  const action = "make a Fisher matrix";
  checkLinearization(action, lin);
  checkOptions(action, options, FISHER_NAMES);
  const { samples, key } = options;
  const parts = partitionOf(lin, options);
  if (samples === undefined) {
    if (!lin.lossFunction.sample) {
      throw new TypeError(
        `Cannot make the Fisher matrix of ${lin.lossFunction.name}: it has no sample(), which draws targets from a likelihood`,
      );
    }
    return jacobianSandwich(lin, hessianMetric(lin), parts, true);
  }
  checkWhole(action, "samples", samples, 1, MOST_SAMPLES);
  checkKey(action, key);
  const gradients = sampledOutputGradients(lin, samples, key);
  return jacobianSandwich(lin, gradientMetric(gradients), parts, true, gradients);
}

/**
 * The mean of g gᵀ over the batch, g the gradient of each sample's own loss, as an operator.
 *
 * It is no estimate of the Fisher matrix away from a perfect fit. It reads the linearization, which must
 * outlive it.
 *
 * @throws {TypeError} when `blocks` or `partition` is none, or belongs to another model.
 * @throws {RangeError} when a site is in no block or in two.
 *
 * @example
 * ```ts
 * import { dense, empiricalFisher, sequential, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1, { bias: false })]);
 * model.parameters.data[0] = 1;
 * using input = tensor([[2]]);
 * using target = tensor([[0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using operator = empiricalFisher(lin);
 * using matrix = operator.toDense();
 * assertEquals(matrix.toArray(), [[16]]);
 * ```
 */
export function empiricalFisher(
  lin: Linearization,
  options: BlockOptions = {},
): PartitionedOperator {
  checkLinearization("make an empirical Fisher matrix", lin);
  checkOptions("make an empirical Fisher matrix", options, BLOCK_NAMES);
  const parts = partitionOf(lin, options);
  const gradients = [outputGradient(lin)];
  return jacobianSandwich(lin, gradientMetric(gradients), parts, true, gradients);
}
