// One step of Hessian-free optimization by blocks, plain or safe. It pauses where hessianFree() does.
//
//   G_b   the Gauss-Newton matrix of block b         x_b   the solution of (G_b + (λ + l2) I) x_b = -g_b
//   x     all x_b, one after the other               a     length at which the damped model along x is least, at most 1
//
// Each block alone fits all that is left, so together they go too far: G ⪯ (number of blocks) diag(G_b). One product with
// all of G tells how far, which the safe mode makes; that, λ by the ratio and the line search are ours, not the paper's.
import { gaussNewton } from "../../curvature/gauss_newton.ts";
import type { Batch, Linearization } from "../../nn/linearization.ts";
import { axpy, dot, fill, norm } from "../../ops/vector.ts";
import type { InParts } from "../../runtime/parts.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Problem, StepReport } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { addL2, penalty } from "../penalty.ts";
import { Trial } from "../trial.ts";
import { checkRoom, regularizedGradient } from "../update.ts";
import { BLOCK_HESSIAN_FREE_DOMAINS, type BlockHessianFreeSettings } from "./block_settings.ts";
import { batchPart, type PartRule } from "./batch_part.ts";
import {
  adaptedDamping,
  dampingAfter,
  judge,
  type Proposal,
  type Samples,
  samplesOf,
  visit,
} from "./judge.ts";
import { checkPreconditioned } from "./preconditioner.ts";
import { keepSolutions, reportOf, solveBlocks, structuralOf } from "./solve.ts";
import { type BlockHessianFreeState, checkStructural } from "./state.ts";
import { bestIterate, commit, undamped } from "./step.ts";
import type { BlockSolution } from "./systems.ts";
import { WorkCount } from "./work.ts";

type Values = Readonly<Record<keyof typeof BLOCK_HESSIAN_FREE_DOMAINS, number>>;

/** What came of the solutions. */
interface Outcome extends Pick<StepReport, "stepNorm" | "learningRate" | "accepted"> {
  readonly reductionRatio?: number;
  readonly chosenIterate?: number | undefined;
  /** λ of the next step. */
  readonly nextDamping: number;
}

/** The solutions of a step, and whether some of them are not to be trusted. */
interface Solved {
  /** What the curvature is of. */
  readonly part: Linearization;
  readonly solutions: readonly BlockSolution[];
  readonly hasFailures: boolean;
}

/** Takes one step, in parts. */
export function* blockHessianFreeStep(
  state: BlockHessianFreeState,
  problem: Problem,
  settings: BlockHessianFreeSettings,
): InParts<StepReport> {
  const { model, loss, batch } = problem;
  const { step, damping } = state;
  const values = valuesAt("blockHessianFree", settings, BLOCK_HESSIAN_FREE_DOMAINS, step);
  const { l2, curvatureChunks, lineSearchChunks } = values;
  const partOf = (option: PartRule["option"], parts: number): Batch | undefined =>
    batchPart(problem, step, { option, parts }, settings.curvatureOrder);
  checkPreconditioned(settings.preconditioner, problem);
  checkStructural("take a step", values.structuralDamping, model);
  const chunk = partOf("curvatureChunks", curvatureChunks);
  const searched = partOf("lineSearchChunks", lineSearchChunks);

  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, l2, state.gradient, step, state.counted);
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
  const hasFailed = solutions.map((solution, b) => state.systems[b].hasFailed(solution));
  keepSolutions(state, solutions, (b) => hasFailed[b]);

  const solved = { part, solutions, hasFailures: hasFailed.includes(true) };
  const ofChunk = chunk && { batch: chunk, lin: part };
  const samples = (): Samples =>
    samplesOf(problem, lin, ofChunk, searched, penalty(model.parameters, l2, state.counted), work);
  const outcome = settings.mode === "plain"
    ? plainOutcome(state, problem, solved, values)
    : yield* safeOutcome(state, problem, solved, samples(), values, settings, work);
  const { nextDamping, ...done } = outcome;
  commit(state, nextDamping);
  return {
    step,
    loss: lin.loss,
    gradientNorm,
    damping,
    ...done,
    ...reportOf(state, solutions, work),
  };
}

/** The solutions times the learning rate; nothing where one of them failed. */
function plainOutcome(
  { step, iterate: { next: x }, damping }: BlockHessianFreeState,
  { model }: Problem,
  { hasFailures }: Solved,
  { learningRate, dampingDrop }: Values,
): Outcome {
  if (hasFailures) {
    const nextDamping = dampingAfter(damping, 1 / dampingDrop, model.dtype);
    return { stepNorm: 0, learningRate, accepted: false, nextDamping };
  }
  const stepNorm = learningRate * norm(x);
  checkRoom(model, stepNorm, { learningRate, weightDecay: 0 }, step);
  axpy(learningRate, x, model.parameters);
  model.parametersChanged();
  return { stepNorm, learningRate, accepted: true, nextDamping: damping };
}

/** As much of the solutions as the objective likes. */
function* safeOutcome(
  state: BlockHessianFreeState,
  problem: Problem,
  { part, solutions, hasFailures }: Solved,
  samples: Samples,
  values: Values,
  { rescaling }: BlockHessianFreeSettings,
  work: WorkCount,
): InParts<Outcome> {
  const { model } = problem, { dtype } = model;
  const { l2, learningRate, dampingDrop, structuralDamping } = values;
  const { damping, gradient, iterate: { next: x } } = state;
  using trial = new Trial(problem, l2, state.parametersBefore, state.counted);
  const valueOf = (tried: Tensor): InParts<number> =>
    visit(trial, work, samples.search.batch, tried, 1);
  const isOneBlock = solutions.length === 1 && !hasFailures;
  const chosen = isOneBlock
    ? yield* bestIterate(solutions[0], damping, valueOf)
    : yield* rescaled(state, part, values, rescaling, work);
  const proposal = isOneBlock && structuralDamping > 0
    ? undamped(chosen, state, problem, samples.curvature.batch, l2, work)
    : chosen;
  const { direction, scale, iteration } = proposal;
  if (learningRate > 1) {
    const reach = learningRate * scale * norm(direction);
    checkRoom(model, reach, { learningRate, weightDecay: 0 }, state.step);
  }
  const { length: share, ratio } = yield* judge(
    samples,
    trial,
    gradient,
    proposal,
    learningRate,
    work,
  );
  const length = share * scale;
  if (length > 0) trial.moveTo(direction, length);
  else if (!isOneBlock) fill(x, 0);
  trial.keep();
  return {
    stepNorm: length * norm(direction),
    learningRate: length,
    accepted: length > 0,
    reductionRatio: ratio,
    chosenIterate: iteration,
    nextDamping: hasFailures || scale === 0
      ? dampingAfter(damping, 1 / dampingDrop, dtype)
      : adaptedDamping(damping, ratio, dampingDrop, dtype),
  };
}

/** The solutions of all blocks, scaled by what one product with the whole matrix says: by 0 if they lead nowhere. */
function* rescaled(
  { damping, gradient, counted, descent: product, iterate: { next: x } }: BlockHessianFreeState,
  part: Linearization,
  { l2, structuralDamping }: Values,
  rescaling: BlockHessianFreeSettings["rescaling"],
  work: WorkCount,
): InParts<Proposal> {
  using whole = gaussNewton(part);
  addL2(l2, x, counted, whole.apply(x, product));
  work.product(1, part.batchSize);
  yield;
  const slope = dot(gradient, x), bend = dot(x, product);
  let damped = bend + damping * dot(x, x);
  if (structuralDamping > 0) {
    using held = gaussNewton(part, structuralOf({ damping, structuralDamping }));
    addL2(l2, x, counted, held.apply(x, product));
    damped = dot(x, product) + damping * dot(x, x);
    work.product(1, part.batchSize);
    yield;
  }
  const leadsDown = slope < 0 && damped > 0 && damped < Infinity;
  const scale = !leadsDown ? 0 : rescaling === "none" ? 1 : Math.min(1, -slope / damped);
  const promised = scale * slope + 0.5 * scale * scale * bend;
  return { direction: x, scale, promised };
}
