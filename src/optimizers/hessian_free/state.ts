import { squaredGradients } from "../../curvature/statistics/squared_gradients.ts";
import { diagonal } from "../../linalg/operators/diagonal.ts";
import type { LinearOperator } from "../../linalg/operator.ts";
import type { Linearization } from "../../nn/linearization.ts";
import type { Model } from "../../nn/model.ts";
import { firstNonFinite } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { kernels } from "../../runtime/instance.ts";
import { CgWorkspace } from "../../solvers/cg.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { HESSIAN_FREE_DOMAINS, type HessianFreeSettings } from "./settings.ts";
import { OptimizerState, type Replaceable } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";

/** State of Hessian-free optimization. */
export class HessianFreeState extends OptimizerState {
  /** The last iterate of the last solve (P). */
  readonly iterate: Replaceable;
  /** Working memory (P each): gradient, its negative, parameters before the step. */
  readonly gradient: Tensor;
  readonly descent: Tensor;
  readonly parametersBefore: Tensor;
  /** Vectors of the solver. */
  readonly solver: CgWorkspace;
  readonly #preconditioner: LinearOperator | undefined;
  readonly #inverse: Tensor | undefined;

  /** Allocates everything, the iterates that are stored included. */
  constructor(model: Model, settings: HessianFreeSettings) {
    super(model);
    // A schedule is planned for its first value; beyond, iterates are made when they are needed.
    const { maxIterations } = valuesAt("hessianFree", settings, HESSIAN_FREE_DOMAINS, 0);
    const shape = [model.parameterCount], { preconditioner } = settings;
    this.iterate = this.rememberReplaceable("iterate", shape);
    this.numbers.set("damping", settings.initialDamping);
    this.gradient = this.workspace(shape);
    this.descent = this.workspace(shape);
    this.parametersBefore = this.workspace(shape);
    const isPreconditioned = preconditioner !== "none";
    if (isPreconditioned) {
      this.#inverse = this.workspace(shape);
      this.#preconditioner = diagonal(this.#inverse, { isPositiveSemidefinite: true });
    }
    try {
      this.solver = new CgWorkspace({ size: model.parameterCount, dtype: model.dtype }, {
        isPreconditioned,
        storedIterations: maxIterations,
      });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * λ of the next step.
   *
   * @throws {RangeError} when what was remembered is not positive.
   */
  get damping(): number {
    const damping = this.numbers.get("damping") ?? 0;
    if (damping > 0) return damping;
    throw new RangeError(`Cannot take a step: state "damping" must be positive, not ${damping}`);
  }

  /** The inverse of (mean of g ⊙ g + damping)^(3/4), if there is to be one. */
  preconditionerOf(lin: Linearization, damping: number): LinearOperator | undefined {
    if (!this.#inverse) return undefined;
    const { dtype, size, pointer } = squaredGradients(lin, this.#inverse);
    kernels(dtype).inverse_three_quarters(size, damping, pointer);
    if (firstNonFinite(this.#inverse) >= 0) {
      throw new NonFiniteError("take a step", "the preconditioner", this.step);
    }
    return this.#preconditioner;
  }

  /** Gives all memory back; a second call does nothing. */
  override dispose(): void {
    this.solver?.dispose();
    super.dispose();
  }
}
