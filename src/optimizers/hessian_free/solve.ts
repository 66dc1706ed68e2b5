// The solves of a step: one for each block of the parameters, on the block's own part of the Gauss-Newton matrix.
import { gaussNewton } from "../../curvature/gauss_newton.ts";
import type { Batch, Linearization } from "../../nn/linearization.ts";
import { axpby, copy, scale } from "../../ops/vector.ts";
import type { InParts } from "../../runtime/parts.ts";
import type { StepReport } from "../optimizer.ts";
import type { SolvingState } from "./state.ts";
import { type BlockSolution, type SystemLimits, together } from "./systems.ts";
import { CountedOperator, type WorkCount } from "./work.ts";

/** What is added to the Gauss-Newton matrix. */
export interface Damping {
  /** λ. */
  readonly damping: number;
  /** What the objective's L2 regularization has. */
  readonly l2: number;
  /** μ, in units of λ. */
  readonly structuralDamping: number;
}

/** The part of it that holds hidden states, as `gaussNewton()` takes it. */
export function structuralOf(
  { damping, structuralDamping }: Omit<Damping, "l2">,
): { readonly structuralDamping?: number } {
  return structuralDamping > 0 ? { structuralDamping: damping * structuralDamping } : {};
}

/** Iterates towards -(G_b + (λ + l2) I + λ μ J_hᵀJ_h / B)⁻¹ g_b in every block b, G of a part of the batch or all of it. */
export function* solveBlocks(
  state: SolvingState,
  { key }: Batch,
  lin: Linearization,
  part: Linearization,
  { damping, l2, structuralDamping }: Damping,
  limits: SystemLimits & { readonly iterateDecay: number },
  work: WorkCount,
): InParts<BlockSolution[]> {
  const { iterate, gradient, descent, partition, systems, shares } = state;
  const inverse = state.inverseOf(lin, key, damping, l2);
  if (state.sweepsForPreconditioner) work.gradient(lin.batchSize);
  axpby(-1, gradient, 0, descent);
  const start = scale(limits.iterateDecay, copy(iterate.current, iterate.next));
  using curvature = gaussNewton(part, {
    partition,
    ...structuralOf({ damping, structuralDamping }),
  });
  const solves = systems.map((system, b) => {
    const op = new CountedOperator(
      system.damped(curvature.blocks[b], damping, l2),
      () => work.product(shares[b], part.batchSize),
    );
    return system.solve(op, { descent, start, inverse }, limits);
  });
  return yield* together(solves);
}

/** Makes the solutions what the next step remembers; without those of blocks that are left out, which start from zero. */
export function keepSolutions(
  { iterate, systems }: SolvingState,
  solutions: readonly BlockSolution[],
  isLeftOut: (block: number) => boolean = () => false,
): void {
  for (const [b, { block }] of systems.entries()) {
    const { x } = solutions[b];
    if (isLeftOut(b)) scale(0, x);
    block.scatter(x, iterate.next);
  }
}

/** What a report says of solves. */
export function reportOf(
  { systems }: SolvingState,
  solutions: readonly BlockSolution[],
  work: WorkCount,
): Pick<StepReport, "solverIterations" | "solves" | "work"> {
  const solves = solutions.map(({ iterations, status }, b) => ({
    sites: systems[b].block.names,
    iterations,
    status,
  }));
  const solverIterations = solves.reduce((sum, { iterations }) => sum + iterations, 0);
  return { solverIterations, solves, work: work.total };
}
