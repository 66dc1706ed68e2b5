import { firstNonFinite } from "../../ops/vector.ts";
import { checkMethods, checkString } from "../../runtime/arguments.ts";
import type { PlainRecord } from "../../runtime/plain_data.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { kernels } from "../../runtime/instance.ts";
import type { RandomKey } from "../../tensor/random.ts";
import { formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import { checkTensor, type Tensor } from "../../tensor/tensor.ts";
import { checkOutputShape } from "./arguments.ts";
import type { Projection } from "./projection.ts";

/** Writes a column of a root S: out = S e_column per sample. */
export type HessianRoot = (column: number, out: Tensor) => void;

/**
 * A loss on network outputs z (B, …): value, gradient and output-Hessian product of each sample.
 *
 * Conventions: the objective is the mean over samples of the sum over outputs. Kernels hand out sums over
 * samples and per-sample gradients; the 1/B enters once, in `Linearization`.
 */
export interface Loss {
  /** What messages call it, for example "softmaxCrossEntropy". */
  readonly name: string;
  /** All settings that results depend on, for the signature of checkpoints. @default none */
  readonly options?: PlainRecord;
  /** What the author of a loss of one's own calls this state of its functions, for the signature too. @default none */
  readonly version?: number | string;
  /** True when every output Hessian is positive semidefinite, so that Gauss-Newton matrices are too. */
  readonly isConvex: boolean;
  /**
   * True when the loss of outputs (T, …) is the sum over steps t of what it is of outputs (…) with the targets of t;
   * others refuse batches of sequences of unequal lengths. @default false
   */
  readonly isSumOverSteps?: boolean;
  /** True when every output Hessian is the identity, which is then its own root. @default false */
  readonly hasUnitHessian?: boolean;
  /** Refuses targets that do not suit outputs of a shape (B, …), or whose values have no meaning. */
  checkTarget(output: Shape, target: Tensor): void;
  /** The sum of the samples' losses; writes their gradients g = dl/dz where `gradient` is given. */
  evaluate(output: Tensor, target: Tensor, gradient?: Tensor): number;
  /** out = H u per sample, H = d²l/dz²; out is not u. */
  hessianProduct(output: Tensor, target: Tensor, u: Tensor, out: Tensor): void;
  /**
   * Prepares a root S of every sample's Hessian, S Sᵀ = H; `work`, like the outputs, holds what all columns share as long
   * as columns are written. Absent when the loss is not convex, or nobody has written one.
   */
  hessianRoot?(output: Tensor, target: Tensor, work: Tensor): HessianRoot;
  /**
   * out = residuals r like the outputs, for a loss ½‖r‖² whose gradient is S r, S the root of its Hessian; `out` is of
   * the outputs' dtype or float64. @default none: the loss is no such square
   */
  residuals?(output: Tensor, target: Tensor, out: Tensor): void;
  /**
   * out = the mean over samples of Pos(H), out (K, K), `work` like the outputs: a closed form for losses that
   * have one. @default from `hessianProduct()` and eigendecompositions
   */
  meanHessian?(
    output: Tensor,
    target: Tensor,
    projection: Projection,
    work: Tensor,
    out: Tensor,
  ): void;
  /** Draws targets from the predictive distribution; absent when the loss is no log-likelihood. */
  sample?(output: Tensor, key: RandomKey): Tensor;
}

/** Refuses what is not a loss. */
export function checkIsLoss(action: string, loss: unknown): asserts loss is Loss {
  checkMethods(
    action,
    "the loss",
    loss,
    ["checkTarget", "evaluate", "hessianProduct"],
    "a loss, such as squaredError() makes",
  );
  checkString(action, "the loss's name", (loss as Loss).name);
}

/** Why a loss has no root of its Hessian, as messages say it; undefined where it has one. */
export function whyNoRoot({ name, isConvex, hessianRoot }: Loss): string | undefined {
  if (hessianRoot) return undefined;
  return isConvex
    ? `${name} is convex, but has no root of its Hessian, hessianRoot()`
    : `${name} is not convex`;
}

/** Refuses targets with NaN or infinities. */
export function checkFiniteTarget(name: string, target: Tensor): void {
  checkTensor(`evaluate ${name}`, "the target", target);
  const index = firstNonFinite(target);
  if (index < 0) return;
  const where = `target element ${index}`;
  throw new NonFiniteError(`evaluate ${name}`, where, undefined, { isInData: true });
}

/** Refuses targets whose shape is not that of the outputs. */
export function checkTargetShape(name: string, output: Shape, target: Tensor): void {
  checkOutputShape(name, output);
  checkTensor(`evaluate ${name}`, "the target", target);
  if (!sameShape(output, target.shape)) {
    throw new TypeError(
      `Cannot evaluate ${name}: outputs have shape ${formatShape(output)}, ` +
        `targets ${formatShape(target.shape)}${targetHint(output, target.shape)}`,
    );
  }
}

/** What to do about targets without the axis of outputs that has one element, or about class indices. */
function targetHint(output: Shape, target: Shape): string {
  if (!sameShape(output.slice(0, -1), target)) return "";
  if (output.at(-1) !== 1) return ": class indices are for softmaxCrossEntropy()";
  return `: target.view([${output.join(", ")}]) has that shape`;
}

/** Refuses target values outside [minimum, maximum]. */
export function checkTargetRange(
  name: string,
  target: Tensor,
  minimum: number,
  maximum: number,
): void {
  const { first_outside } = kernels(target.dtype);
  const i = first_outside(target.size, minimum, maximum, target.pointer);
  if (i < 0) return;
  throw new RangeError(
    `Cannot evaluate ${name}: target element ${i} is ${
      target.data[i]
    }, not in [${minimum}, ${maximum}]`,
  );
}
