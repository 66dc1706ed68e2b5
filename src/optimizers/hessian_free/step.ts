// One step of Hessian-free optimization, in the order of Martens' program. It pauses after each iteration of the solver
// and each point that it looks at, with parameters and state as they were before the step.
import { gaussNewton } from "../../curvature/gauss_newton.ts";
import type { Batch } from "../../nn/linearization.ts";
import { dot, norm } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { InParts } from "../../runtime/parts.ts";
import type { StoredIterate } from "../../solvers/stored_iterates.ts";
import type { Problem, StepReport } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { addL2, penalty } from "../penalty.ts";
import { Trial } from "../trial.ts";
import { regularizedGradient } from "../update.ts";
import { batchPart, type PartRule } from "./batch_part.ts";
import { adaptedDamping, judge, type Proposal, samplesOf, visit } from "./judge.ts";
import { checkPreconditioned } from "./preconditioner.ts";
import { HESSIAN_FREE_DOMAINS, type HessianFreeSettings } from "./settings.ts";
import { keepSolutions, reportOf, solveBlocks } from "./solve.ts";
import { checkStructural, type HessianFreeState, type SolvingState } from "./state.ts";
import type { BlockSolution } from "./systems.ts";
import { WorkCount } from "./work.ts";

/** Takes one step, in parts. */
export function* hessianFreeStep(
  state: HessianFreeState,
  problem: Problem,
  settings: HessianFreeSettings,
): InParts<StepReport> {
  const { model, loss, batch } = problem;
  const { step, gradient, damping } = state;
  const values = valuesAt("hessianFree", settings, HESSIAN_FREE_DOMAINS, step);
  const { l2, dampingDrop, curvatureChunks, lineSearchChunks } = values;
  checkPreconditioned(settings.preconditioner, problem);
  checkStructural("take a step", values.structuralDamping, model);
  const partOf = (option: PartRule["option"], parts: number): Batch | undefined =>
    batchPart(problem, step, { option, parts }, "in-turn");
  const chunk = partOf("curvatureChunks", curvatureChunks);
  const searched = partOf("lineSearchChunks", lineSearchChunks);

  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, l2, gradient, step, state.counted);
  const work = new WorkCount();
  work.gradient(lin.batchSize);
  using own = chunk && model.linearize(loss, chunk);
  const part = own ?? lin;
  const solutions = yield* solveBlocks(
    state,
    batch,
    lin,
    part,
    { ...values, damping },
    values,
    work,
  );
  const [solution] = solutions;
  if (solution.status === "non-finite") {
    throw new NonFiniteError("take a step", "the solution of the damped system", step);
  }
  keepSolutions(state, solutions);

  const ofChunk = chunk && { batch: chunk, lin: part };
  const before = penalty(model.parameters, l2, state.counted);
  const samples = samplesOf(problem, lin, ofChunk, searched, before, work);
  using trial = new Trial(problem, l2, state.parametersBefore, state.counted);
  const valueOf = (x: StoredIterate["x"]): InParts<number> =>
    visit(trial, work, samples.search.batch, x, 1);
  const best = yield* bestIterate(solution, damping, valueOf);
  const proposal = values.structuralDamping > 0
    ? undamped(best, state, problem, chunk ?? batch, l2, work)
    : best;
  const { length, ratio } = yield* judge(samples, trial, gradient, proposal, 1, work);
  if (length > 0) trial.moveTo(proposal.direction, length);
  trial.keep();

  commit(state, adaptedDamping(damping, ratio, dampingDrop, model.dtype));
  return {
    step,
    loss: lin.loss,
    gradientNorm,
    stepNorm: length * norm(proposal.direction),
    learningRate: length,
    damping,
    accepted: length > 0,
    reductionRatio: ratio,
    chosenIterate: proposal.iteration,
    ...reportOf(state, solutions, work),
  };
}

/** The proposal with what the model without any damping promises, which takes a product: φ has more than λ in it. */
export function undamped(
  proposal: Proposal,
  { gradient, counted, descent: product }: SolvingState,
  { model, loss }: Problem,
  batch: Batch,
  l2: number,
  work: WorkCount,
): Proposal {
  const { direction: x } = proposal;
  using part = model.linearize(loss, batch); // parameters have been elsewhere since that of the step was made
  using whole = gaussNewton(part);
  addL2(l2, x, counted, whole.apply(x, product));
  work.evaluation(part.batchSize);
  work.product(1, part.batchSize);
  return { ...proposal, promised: dot(gradient, x) + 0.5 * dot(x, product) };
}

/** Makes what the step has prepared the state. */
export function commit(state: SolvingState, damping: number): void {
  state.iterate.commit();
  state.numbers.set("damping", damping);
  state.step++;
}

/** The last iterate, or the earliest before it from where the objective only fell: scanned backwards. */
export function* bestIterate(
  { iterates = [] }: BlockSolution,
  damping: number,
  valueOf: (x: StoredIterate["x"]) => InParts<number>,
): InParts<Proposal> {
  let best = iterates[iterates.length - 1];
  let value = yield* valueOf(best.x);
  for (let j = iterates.length - 2; j >= 0; j--) {
    const earlier = yield* valueOf(iterates[j].x);
    if (earlier > value) break;
    [best, value] = [iterates[j], earlier];
  }
  const { x, phi, iteration } = best;
  // φ has the damping in it, which is no part of the objective.
  return { direction: x, scale: 1, promised: phi - 0.5 * damping * dot(x, x), value, iteration };
}
