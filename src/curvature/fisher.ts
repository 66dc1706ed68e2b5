import type { LinearOperator } from "../linalg/operator.ts";
import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import { checkOptions, checkWhole, namesOf } from "../runtime/arguments.ts";
import { checkKey, type RandomKey } from "../tensor/random.ts";
import { BLOCK_NAMES, type BlockOptions, checkBlocks, JacobianSandwich } from "./gauss_newton.ts";
import {
  gradientMetric,
  hessianMetric,
  outputGradient,
  sampledOutputGradients,
} from "./output_metric.ts";

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
export function fisher(lin: Linearization, options: FisherOptions = {}): LinearOperator {
  const action = "make a Fisher matrix";
  checkLinearization(action, lin);
  checkOptions(action, options, FISHER_NAMES);
  const { samples, key, blocks } = options;
  const parts = checkBlocks(lin.siteCount, blocks);
  if (samples === undefined) {
    if (!lin.lossFunction.sample) {
      throw new TypeError(
        `Cannot make the Fisher matrix of ${lin.lossFunction.name}: it has no sample(), which draws targets from a likelihood`,
      );
    }
    return new JacobianSandwich(lin, hessianMetric(lin), parts, true);
  }
  checkWhole(action, "samples", samples, 1, MOST_SAMPLES);
  checkKey(action, key);
  const gradients = sampledOutputGradients(lin, samples, key);
  return new JacobianSandwich(lin, gradientMetric(gradients), parts, true, gradients);
}

/**
 * The mean of g gᵀ over the batch, g the gradient of each sample's own loss, as an operator.
 *
 * It is no estimate of the Fisher matrix away from a perfect fit. It reads the linearization, which must
 * outlive it.
 *
 * @throws {TypeError} when `blocks` is neither a name nor lists of numbers.
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
export function empiricalFisher(lin: Linearization, options: BlockOptions = {}): LinearOperator {
  checkLinearization("make an empirical Fisher matrix", lin);
  checkOptions("make an empirical Fisher matrix", options, BLOCK_NAMES);
  const blocks = checkBlocks(lin.siteCount, options.blocks);
  const gradients = [outputGradient(lin)];
  return new JacobianSandwich(lin, gradientMetric(gradients), blocks, true, gradients);
}
