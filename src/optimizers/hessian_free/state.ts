import { checkHasHiddenStates } from "../../curvature/gauss_newton.ts";
import type { Linearization } from "../../nn/linearization.ts";
import type { Model } from "../../nn/model.ts";
import { Partition, type PartitionRule } from "../../nn/sites/partition.ts";
import { firstNonFinite } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { CgWorkspace } from "../../solvers/cg.ts";
import type { RandomKey } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { OptimizerState, type Replaceable } from "../optimizer.ts";
import { checkExceptedSites, fillCounted, type L2Exception } from "../penalty.ts";
import { type Schedule, valuesAt } from "../schedule.ts";
import { BLOCK_HESSIAN_FREE_DOMAINS, type BlockHessianFreeSettings } from "./block_settings.ts";
import { fillInverse, type HessianFreePreconditioner } from "./preconditioner.ts";
import { HESSIAN_FREE_DOMAINS, type HessianFreeSettings } from "./settings.ts";
import { BlockSystem } from "./systems.ts";
import { productShares } from "./work.ts";

/** What decides how much a state holds. */
interface Extent {
  readonly damping: number;
  readonly maxIterations: number;
  readonly preconditioner: HessianFreePreconditioner;
  readonly structuralDamping: Schedule;
  readonly l2Except: L2Exception;
  /** How the parameters are parted. */
  readonly partition: PartitionRule;
}

/** Refuses structural damping of a model that has no hidden states; a schedule is asked in the step. */
export function checkStructural(action: string, value: Schedule, { layers }: Model): void {
  if (typeof value !== "number" || value === 0) return;
  checkHasHiddenStates(action, layers.some(({ hasHiddenStates }) => hasHiddenStates));
}

/** State of Hessian-free optimization by blocks, of which there may be one. */
class SolvingState extends OptimizerState {
  /** The last iterates of the last solves (P). */
  readonly iterate: Replaceable;
  /** Working memory (P each): gradient, its negative, parameters before the step. */
  readonly gradient: Tensor;
  readonly descent: Tensor;
  readonly parametersBefore: Tensor;
  /** Ones for the parameters that L2 is of (P), where it is not of all. */
  readonly counted: Tensor | undefined;
  /** The blocks. */
  readonly partition: Partition;
  /** Their systems. */
  readonly systems: readonly BlockSystem[];
  /** What a product with each block costs in products with the whole matrix. */
  readonly shares: readonly number[];
  readonly #solvers: CgWorkspace[] = [];
  readonly #preconditioner: HessianFreePreconditioner;
  readonly #inverse: Tensor | undefined;

  constructor(name: string, model: Model, extent: Extent) {
    const { damping, maxIterations, preconditioner, partition } = extent;
    checkStructural(`start ${name}`, extent.structuralDamping, model);
    checkExceptedSites(`start ${name}`, extent.l2Except, model.sites);
    const parts = new Partition(model.sites, partition);
    super(model);
    const shape = [model.parameterCount];
    this.partition = parts;
    this.shares = productShares(model, parts);
    this.iterate = this.rememberReplaceable("iterate", shape);
    this.numbers.set("damping", damping);
    this.gradient = this.workspace(shape);
    this.descent = this.workspace(shape);
    this.parametersBefore = this.workspace(shape);
    this.#preconditioner = preconditioner;
    if (extent.l2Except !== "none") {
      this.counted = fillCounted(extent.l2Except, model.sites, this.workspace(shape));
    }
    const isPreconditioned = preconditioner !== "none";
    if (isPreconditioned) this.#inverse = this.workspace(shape);
    // Iterates of the whole model are points to choose from; those of its blocks are not.
    const storesIterates = parts.blocks.length === 1;
    try {
      this.systems = parts.blocks.map((block) => {
        const solver = new CgWorkspace({ size: block.size, dtype: model.dtype }, {
          isPreconditioned,
          storedIterations: storesIterates ? maxIterations : 0,
        });
        this.#solvers.push(solver);
        const vector = (size: number): Tensor => this.workspace([size]);
        return new BlockSystem(block, solver, storesIterates, vector, this.counted);
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

  /** True where the preconditioner takes a reverse sweep of its own. */
  get sweepsForPreconditioner(): boolean {
    return this.#preconditioner === "jacobi";
  }

  /** The inverse of the preconditioner's diagonal, if there is to be one; the negative gradient is overwritten. */
  inverseOf(
    lin: Linearization,
    key: RandomKey | undefined,
    damping: number,
    l2: number,
  ): Tensor | undefined {
    if (!this.#inverse || this.#preconditioner === "none") return undefined;
    fillInverse(
      this.#preconditioner,
      lin,
      key,
      { damping, l2, counted: this.counted },
      this.#inverse,
      this.descent,
    );
    if (firstNonFinite(this.#inverse) >= 0) {
      throw new NonFiniteError("take a step", "the preconditioner", this.step);
    }
    return this.#inverse;
  }

  /** Gives all memory back; a second call does nothing. */
  override dispose(): void {
    for (const solver of this.#solvers ?? []) solver.dispose();
    super.dispose();
  }
}

export type { SolvingState };

// A schedule is planned for its first value; beyond, iterates are made when they are needed.

/** State of Hessian-free optimization. */
export class HessianFreeState extends SolvingState {
  /** Allocates everything, the iterates that are stored included. */
  constructor(model: Model, settings: HessianFreeSettings) {
    const { maxIterations } = valuesAt("hessianFree", settings, HESSIAN_FREE_DOMAINS, 0);
    const { initialDamping: damping } = settings;
    super("hessianFree", model, { ...settings, damping, maxIterations, partition: 1 });
  }
}

/** State of Hessian-free optimization by blocks. */
export class BlockHessianFreeState extends SolvingState {
  /** Parts the parameters and allocates everything. */
  constructor(model: Model, settings: BlockHessianFreeSettings) {
    const domains = BLOCK_HESSIAN_FREE_DOMAINS;
    const { maxIterations } = valuesAt("blockHessianFree", settings, domains, 0);
    const { initialDamping: damping } = settings;
    super("blockHessianFree", model, { ...settings, damping, maxIterations });
  }
}
