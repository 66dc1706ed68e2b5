// The damped systems of a step, one for each block of the parameters: solved apart, and advanced together.
import { LinearOperator } from "../../linalg/operator.ts";
import { diagonal } from "../../linalg/operators/diagonal.ts";
import type { SiteBlock } from "../../nn/sites/site_block.ts";
import { dot, fill } from "../../ops/vector.ts";
import type { InParts } from "../../runtime/parts.ts";
import { type CgSolution, type CgWorkspace, iterateCg } from "../../solvers/cg.ts";
import { martens } from "../../solvers/martens.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { addL2 } from "../penalty.ts";

/** The solution of a block's system, with the residual that the recurrence has. */
export type BlockSolution = Omit<CgSolution, "residualNorm">;

/** Vectors of all parameters (P), in which blocks find their own. */
export interface SystemVectors {
  /** The negative gradient. */
  readonly descent: Tensor;
  /** Where the solves start. */
  readonly start: Tensor;
  /** The diagonal of the inverse preconditioner. */
  readonly inverse: Tensor | undefined;
}

/** Limits of a solve. */
export interface SystemLimits {
  readonly maxIterations: number;
  readonly solverTolerance: number;
}

/** An operator with l2 added to the part of its diagonal that a mask has ones for. */
class RegularizedOperator extends LinearOperator {
  readonly #op: LinearOperator;
  readonly #l2: number;
  readonly #counted: Tensor;

  constructor(op: LinearOperator, l2: number, counted: Tensor) {
    super(op);
    this.#op = op;
    this.#l2 = l2;
    this.#counted = counted;
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    this.#op.apply(v, out);
    addL2(this.#l2, v, this.#counted, out);
  }
}

/** The system of one block. */
export class BlockSystem {
  readonly block: SiteBlock;
  readonly solver: CgWorkspace;
  readonly #storesIterates: boolean;
  readonly #gathered: Readonly<Record<keyof SystemVectors, Tensor>> | undefined;
  readonly #counted: Tensor | undefined;

  /**
   * Takes vectors of the block's own where its parameters do not lie together.
   *
   * @param counted Ones for the parameters that L2 is of (P), where it is not of all.
   */
  constructor(
    block: SiteBlock,
    solver: CgWorkspace,
    storesIterates: boolean,
    vector: (size: number) => Tensor,
    counted?: Tensor,
  ) {
    this.block = block;
    this.solver = solver;
    this.#storesIterates = storesIterates;
    const { size, ranges } = block;
    if (counted && ranges.length === 1) this.#counted = block.views(counted)[0];
    else if (counted) this.#counted = block.gather(counted, vector(size));
    if (ranges.length === 1) return;
    this.#gathered = { descent: vector(size), start: vector(size), inverse: vector(size) };
  }

  /** The block of a matrix with λ and l2 on its diagonal. */
  damped(op: LinearOperator, damping: number, l2: number): LinearOperator {
    if (!this.#counted || l2 === 0) return op.add(damping + l2);
    return new RegularizedOperator(op.add(damping), l2, this.#counted);
  }

  /** Iterates towards the solution; the vectors must stay as they are until it ends. */
  solve(
    op: LinearOperator,
    vectors: SystemVectors,
    { maxIterations, solverTolerance }: SystemLimits,
  ): InParts<BlockSolution> {
    const inverse = this.#own("inverse", vectors.inverse);
    const limits = {
      x0: this.#own("start", vectors.start),
      maxIterations,
      tolerance: 0,
      stop: martens({ tolerance: solverTolerance }),
      storeIterates: this.#storesIterates,
      ...(inverse && { preconditioner: diagonal(inverse, { isPositiveSemidefinite: true }) }),
    };
    const descent = this.#own("descent", vectors.descent);
    // What another solve left there says nothing of a solve that ends before its first direction.
    for (const left of [this.solver.p, this.solver.q]) fill(left, 1);
    return iterateCg(this.solver, op, descent, limits, "unmeasured");
  }

  /** True for a solve that met a direction without curvature, or what is not finite: its end is not to be trusted. */
  hasFailed({ status }: BlockSolution): boolean {
    if (status === "non-finite" || status === "negative-curvature") return true;
    const { p, q } = this.solver;
    return status === "breakdown" && !(dot(p, q) > 0);
  }

  #own<T extends Tensor | undefined>(name: keyof SystemVectors, vector: T): T;
  #own(name: keyof SystemVectors, vector: Tensor | undefined): Tensor | undefined {
    if (!vector) return undefined;
    if (this.#gathered) return this.block.gather(vector, this.#gathered[name]);
    return this.block.views(vector)[0];
  }
}

/** Advances computations in turn, a part of each, until all have ended; none sees anything of the others. */
export function* together<T>(all: readonly InParts<T>[]): InParts<T[]> {
  const results: T[] = [];
  let running = [...all.entries()];
  while (running.length > 0) {
    const still: typeof running = [];
    for (const [i, parts] of running) {
      const { done, value } = parts.next();
      if (done) results[i] = value;
      else {
        still.push([i, parts]);
        yield;
      }
    }
    running = still;
  }
  return results;
}
