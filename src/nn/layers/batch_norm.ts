// Batch normalization: x̂ = (x - mean) / √(variance + ε) of each channel, then y = γ x̂ + β.
import { checkNumber, checkOptions, namesOf } from "../../runtime/arguments.ts";
import { BatchStatistics } from "./batch_statistics.ts";
import type { Layer } from "./layer.ts";
import { normalization } from "./normalization.ts";

/** Options of `batchNorm()`. */
export interface BatchNormOptions {
  /** Added to the variance. @default 1e-5 */
  readonly epsilon?: number;
  /** Weight of a batch in the running statistics, up to 1. @default 0.1 */
  readonly momentum?: number;
}

const NAMES = namesOf<BatchNormOptions>({ epsilon: true, momentum: true });

const ACTION = "make batchNorm";

/**
 * Normalizes each channel over the samples of a batch and their positions, then scales and shifts it: y = γ x̂ + β.
 *
 * In training, which is every batch with a key, as those of steps are, mean and variance are the batch's, and all
 * derivatives go through them. In prediction they are running ones: after each step that stands
 * running = (1 - momentum) running + momentum batch, of its own batch at the parameters before it, whatever else the
 * step looked at. A step that fails or is taken back leaves them. They belong to `model.state`, files and checkpoints.
 *
 * Samples of a training batch meet: gradients and rows of single samples, `gaussNewtonMatrix()`, `levenbergMarquardt()`,
 * the preconditioner and chunks of `hessianFree()`, parts of a batch and sequences of unequal lengths are refused by name.
 * `gaussNewton()`, `fisher()`, `empiricalFisher()` and Hessian products are exact, for they take the batch as a whole. Of
 * `accumulate()` each training batch is normalized by itself. In prediction nothing is refused but unequal lengths.
 *
 * Its parameters are a site of the form "scale": W (channels, 2) with rows [γ | β], initially [1 | 0]. Files keep them as
 * PyTorch does, "weight", "bias", "running_mean", "running_var" (that of N - 1) and "num_batches_tracked".
 *
 * Shapes: input and output (B, …, channels). Cost: some 20 flops an element. Sums are in float64. A training batch that
 * has only one value for each channel is refused.
 *
 * The model is refused if samples have no axis or no elements.
 *
 * @throws {TypeError} when the options are not an object, or one is not a number.
 * @throws {RangeError} when `epsilon` is not positive and finite, or `momentum` not positive and at most 1.
 *
 * Source: Ioffe & Szegedy 2015, algorithms 1 and 2, with ε, momentum and running variance as in torch.nn.BatchNorm2d.
 *
 * @example
 * ```ts
 * import { batchNorm, dense, sequential, sgd, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [batchNorm({ momentum: 0.5 }), dense(1)]);
 * using input = tensor([[1], [3]]);
 * using target = tensor([[0], [1]]);
 * const optimizer = sgd();
 * using state = optimizer.init(model);
 * optimizer.step(state, { model, loss: squaredError(), batch: { input, target } });
 * const [mean, variance, batches] = model.state.map(({ value }) => value.data[0]);
 * assertEquals([mean, variance, batches], [1, 1.5, 1]);
 * ```
 */
export function batchNorm(options: BatchNormOptions = {}): Layer {
  checkOptions(ACTION, options, NAMES);
  const { epsilon = 1e-5, momentum = 0.1 } = options;
  checkNumber(ACTION, "epsilon", epsilon, "positive");
  checkNumber(ACTION, "momentum", momentum, "positive");
  if (momentum > 1) {
    throw new RangeError(`Cannot ${ACTION}: momentum must be at most 1, not ${momentum}`);
  }
  const settings = { epsilon, momentum };
  return normalization({
    kind: "batchNorm",
    options: settings,
    shifts: true,
    stateOf: (channels) => [
      { name: "running_mean", shape: [channels], initial: 0 },
      { name: "running_var", shape: [channels], initial: 1 },
      { name: "num_batches_tracked", shape: [], initial: 0, isCount: true },
    ],
    couplingOf: (positions) => ({ layer: "batchNorm", leastSamples: positions === 1 ? 2 : 1 }),
    statistics: (context) => new BatchStatistics(context, settings),
  });
}
