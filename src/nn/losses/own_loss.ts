// What a loss of a user's own is described by: functions of one sample on views of memory.
import type { FloatArray } from "../../runtime/dtype.ts";
import type { PlainRecord } from "../../runtime/plain_data.ts";
import type { Shape } from "../../tensor/shape.ts";

/** A loss l(z, target) of one sample, as its author describes it. */
export interface LossDefinition {
  /** What messages call it, for example "logCosh". */
  readonly name: string;
  /** All settings that results depend on, as plain data; checkpoints of other settings are refused. @default none */
  readonly options?: PlainRecord;
  /** Change it whenever the functions change: checkpoints of another version are refused. @default 1 */
  readonly version?: number | string;
  /** True when the Hessian in z is positive semidefinite everywhere. */
  readonly isConvex: boolean;
  /**
   * True when the loss of outputs (T, …) is the sum over steps t of what it is of outputs (…) with the targets of t.
   * Sequences of unequal lengths need it. @default false
   */
  readonly isSumOverSteps?: boolean;
  /** The shape of a sample's target for that of a sample's output. @default the same */
  readonly targetShape?: (output: Shape) => Shape;
  /** l(z, target). */
  value(z: FloatArray, target: FloatArray): number;
  /** g = dl/dz; g is zero before. */
  gradient(z: FloatArray, target: FloatArray, g: FloatArray): void;
  /** out = H u, H = d²l/dz²; out is zero before and is not u. */
  hessianProduct(z: FloatArray, target: FloatArray, u: FloatArray, out: FloatArray): void;
  /**
   * s = column c of a root S of H, S Sᵀ = H, with as many columns as z has elements; s is zero before.
   * @default of a convex loss, by pivoted Cholesky from as many products with H as z has elements
   */
  readonly hessianRoot?: (z: FloatArray, target: FloatArray, c: number, s: FloatArray) => void;
  /**
   * r, as many as z has elements, of a loss ½‖r‖² whose gradient is S r, S the `hessianRoot` that must come with it: for
   * residuals linear in z the transpose of their derivative. r is zero before. @default none
   */
  readonly residuals?: (z: FloatArray, target: FloatArray, r: FloatArray) => void;
  /**
   * Writes a target drawn from the distribution of which l is the negative log-likelihood, from uniform numbers in
   * [0, 1), as many as z has elements. @default none: `fisher()` refuses the loss
   */
  readonly sample?: (z: FloatArray, uniforms: FloatArray, target: FloatArray) => void;
}
