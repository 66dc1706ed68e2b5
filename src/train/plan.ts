import type { Batch } from "../nn/batch.ts";
import type { Layer } from "../nn/layers/layer.ts";
import type { SiteDescription } from "../nn/sites/site.ts";
import { checkIsLoss, type Loss } from "../nn/losses/loss.ts";
import { squaredError } from "../nn/losses/elementwise.ts";
import { checkIsModel, Model } from "../nn/model.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { checkMethods, checkNumber, checkOptions, namesOf } from "../runtime/arguments.ts";
import { rehearse } from "../runtime/rehearsal.ts";
import { Scope } from "../runtime/scope.ts";
import { checkShape, type Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What becomes of the loss from one evaluation to the next. */
const FALL = 0.9;

/** Settings of `plan()`. */
export interface PlanOptions {
  /** The loss to decrease. @default squaredError() */
  readonly loss?: Loss;
  /** Shape of one target sample; () for class indices. @default that of an output sample */
  readonly targetShape?: Shape;
  /** Samples of the validation batch, where the optimizer judges its steps by one. @default batchSize */
  readonly validationSize?: number;
}

const NAMES = namesOf<PlanOptions>({ loss: true, targetShape: true, validationSize: true });

/**
 * The most bytes of kernel memory that training has live at once: parameters, buffers of the network, state and working
 * memory of the optimizer, the kernels' scratch block, and the batch that `train()` fills.
 *
 * It rehearses the first steps with buffers that are counted and not made, and with kernels that return at once, so that
 * neither the memory nor the time of a step is needed.
 * A method that keeps more the longer its solver iterates is counted with the iterations of the rehearsal. Evaluation
 * and sequences with lengths come on top, where there are any.
 *
 * @param batchSize Samples in one step.
 * @returns Bytes, to compare with `memoryUsage().peakBytes`; more than 4 GiB cannot be had.
 * @throws {TypeError} when an argument has the wrong type, or the optimizer refuses the model or the loss.
 * @throws {RangeError} when a number is out of range.
 *
 * @example
 * ```ts
 * import { adam, dense, plan, sequential, tanh } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [100] }, [dense(50), tanh(), dense(10)]);
 * const [small, large] = [100, 1000].map((batchSize) => plan(model, adam(), batchSize));
 * assert(small < large && large < 10_000_000);
 * ```
 */
export function plan(
  model: Model,
  optimizer: Optimizer,
  batchSize: number,
  options: PlanOptions = {},
): number {
  checkIsModel("plan", model);
  checkMethods("plan", "the optimizer", optimizer, ["init", "step"]);
  checkNumber("plan", "batchSize", batchSize, "count");
  checkOptions("plan", options, NAMES);
  const { loss = squaredError(), targetShape = model.output, validationSize } = options;
  const { cycle = 1, needsValidation } = optimizer;
  checkNumber("plan", "cycle of the optimizer", cycle, "count");
  checkIsLoss("plan", loss);
  checkShape("plan", targetShape);
  if (validationSize !== undefined) {
    checkNumber("plan", "validationSize", validationSize, "count");
    if (!needsValidation) {
      throw new TypeError("Cannot plan: the optimizer judges no steps by a validation batch");
    }
  }
  return rehearse(() => {
    using scope = new Scope();
    const { input, dtype, seed, layers } = model;
    const twin = scope.own(new Model({ input, dtype, seed }, layers.map(uninitialized)));
    const batchOf = (samples: number): Batch => ({
      input: scope.own(new Tensor(dtype, [samples, ...input])),
      target: scope.own(new Tensor(dtype, [samples, ...targetShape])),
    });
    const batch = batchOf(batchSize);
    const validation = needsValidation ? batchOf(validationSize ?? batchSize) : undefined;
    const falling = fallingLoss(loss);
    const problem = { model: twin, loss: falling, batch, ...(validation && { validation }) };
    const warmStart = [batch, batch];
    const state = scope.own(optimizer.init(twin, { loss: falling, warmStart }));
    // one step more than all sizes take: the first is not like the others
    for (let step = 0; step <= cycle; step++) optimizer.step(state, problem);
  });
}

/** A layer whose weights are whatever they are. */
function uninitialized(layer: Layer): Layer {
  const sites = (input: Shape): SiteDescription[] =>
    layer.sites(input).map((site) => ({ ...site, initializer: () => {} }));
  return Object.create(layer, { sites: { value: sites } });
}

/** The loss as it is for memory, of whatever targets, with values that fall: steps are accepted. */
function fallingLoss(loss: Loss): Loss {
  const { name, isConvex, hessianRoot, meanHessian, sample } = loss;
  let value = 1;
  return {
    name,
    isConvex,
    checkTarget: () => {},
    evaluate: (output, target, gradient) => {
      valuesAside(() => loss.evaluate(output, target, gradient));
      return output.shape[0] * (value *= FALL);
    },
    hessianProduct: (output, target, u, out) =>
      valuesAside(() => loss.hessianProduct(output, target, u, out)),
    ...(hessianRoot && { hessianRoot: hessianRoot.bind(loss) }),
    ...(meanHessian && { meanHessian: meanHessian.bind(loss) }),
    ...(sample && { sample: sample.bind(loss) }),
  };
}

/** Lets pass that numbers have no meaning: in a rehearsal none has. */
function valuesAside(evaluate: () => unknown): void {
  try {
    evaluate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
