// One step of Hessian-free optimization, in the order of Martens' program. It pauses after each iteration of the solver
// and each point that it looks at, with parameters and state as they were before the step.
import { gaussNewton } from "../../curvature/gauss_newton.ts";
import type { Batch, Linearization } from "../../nn/linearization.ts";
import { axpby, copy, dot, norm, scale } from "../../ops/vector.ts";
import { type DType, largestFinite } from "../../runtime/dtype.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { InParts } from "../../runtime/parts.ts";
import { type CgSolution, iterateCg } from "../../solvers/cg.ts";
import { martens } from "../../solvers/martens.ts";
import type { StoredIterate } from "../../solvers/stored_iterates.ts";
import { checkUncoupled } from "../method.ts";
import type { Problem, StepReport } from "../optimizer.ts";
import { dampingFactor } from "../reduction_ratio.ts";
import { valuesAt } from "../schedule.ts";
import { backtrack, penalty, Trial } from "../trial.ts";
import { regularizedGradient } from "../update.ts";
import { HESSIAN_FREE_DOMAINS, type HessianFreeSettings } from "./settings.ts";
import type { HessianFreeState } from "./state.ts";

/** The line search of Martens' program. */
const LINE_SEARCH = Object.freeze({ sufficientDecrease: 1e-2, shrinkage: 0.8, attempts: 60 });

/** Takes one step, in parts. */
export function* hessianFreeStep(
  state: HessianFreeState,
  problem: Problem,
  settings: HessianFreeSettings,
): InParts<StepReport> {
  const { model, loss, batch } = problem;
  const { step, gradient, iterate, damping } = state;
  const values = valuesAt("hessianFree", settings, HESSIAN_FREE_DOMAINS, step);
  const { l2, dampingDrop } = values;
  const chunk = chunkOf(batch, step, values.curvatureChunks);
  if (chunk && batch.isTraining !== false) checkUncoupled("take a step", "curvatureChunks", model);

  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, l2, gradient, step);
  using part = chunk && model.linearize(loss, chunk);
  const solving = solve(state, lin, part ?? lin, damping + l2, values);
  const { x, iterates = [], iterations } = yield* solving;
  copy(x, iterate.next);

  const own = penalty(model.parameters, l2);
  const start = { value: lin.loss + own, slope: 0 };
  using trial = new Trial(problem, l2, state.parametersBefore);
  const best = yield* bestIterate(iterates, (direction) => trial.visit(direction, 1));
  const change = best.x;
  // φ has the damping in it, which is no part of the objective.
  const promised = best.phi - 0.5 * damping * dot(change, change);
  const achieved = part && chunk
    ? (yield* trial.visit(change, 1, chunk)) - (part.loss + own)
    : best.value - start.value;
  const ratio = achieved > 0 ? -Infinity : achieved / promised;
  start.slope = dot(gradient, change);
  const valueAt = (tried: number): InParts<number> => trial.visit(change, tried);
  const first = { length: 1, value: best.value };
  const { length } = yield* backtrack(valueAt, start, first, LINE_SEARCH);
  if (length > 0) trial.moveTo(change, length);
  trial.keep();

  iterate.commit();
  state.numbers.set("damping", adapted(damping, ratio, dampingDrop, model.dtype));
  state.step++;
  return {
    step,
    loss: lin.loss,
    gradientNorm,
    stepNorm: length * norm(change),
    learningRate: length,
    damping,
    accepted: length > 0,
    solverIterations: iterations,
    reductionRatio: ratio,
  };
}

/** The part of the batch whose turn it is; none when that is all of it. */
function chunkOf(batch: Batch, step: number, chunks: number): Batch | undefined {
  const { input, target, key, isTraining, lengths, firstSample = 0 } = batch;
  const [size] = input.shape;
  if (chunks > size) {
    throw new RangeError(
      `Cannot take a step: ${chunks} curvatureChunks are more than the ${size} samples of the batch`,
    );
  }
  if (chunks === 1) return undefined;
  const at = (index: number): number => Math.floor(index * size / chunks);
  const [from, to] = [at(step % chunks), at(step % chunks + 1)];
  const [inputs, targets] = [input, target].map((all) => {
    const width = all.size / size;
    return all.view([to - from, ...all.shape.slice(1)], from * width);
  });
  const stepsOf = lengths && Array.from(lengths).slice(from, to);
  return {
    ...{ input: inputs, target: targets, key, isTraining },
    ...{ firstSample: firstSample + from, lengths: stepsOf },
  };
}

/** Iterates towards -(G + damping I)⁻¹ g, G of a part of the batch or all of it. */
function* solve(
  state: HessianFreeState,
  lin: Linearization,
  part: Linearization,
  damping: number,
  { iterateDecay, solverTolerance, maxIterations }: Readonly<
    Record<keyof typeof HESSIAN_FREE_DOMAINS, number>
  >,
): InParts<Omit<CgSolution, "residualNorm">> {
  const { iterate, gradient, descent, solver } = state;
  const preconditioner = state.preconditionerOf(lin, damping);
  axpby(-1, gradient, 0, descent);
  const x0 = scale(iterateDecay, copy(iterate.current, iterate.next));
  using curvature = gaussNewton(part);
  const limits = {
    x0,
    maxIterations,
    tolerance: 0,
    stop: martens({ tolerance: solverTolerance }),
    storeIterates: true,
    ...(preconditioner && { preconditioner }),
  };
  const solution = yield* iterateCg(
    solver,
    curvature.add(damping),
    descent,
    limits,
    "unmeasured",
  );
  if (solution.status === "non-finite") {
    throw new NonFiniteError("take a step", "the solution of the damped system", state.step);
  }
  return solution;
}

interface TriedIterate extends StoredIterate {
  readonly value: number;
}

/** The last iterate, or the earliest before it from where the objective only fell: scanned backwards. */
function* bestIterate(
  iterates: readonly StoredIterate[],
  valueOf: (x: StoredIterate["x"]) => InParts<number>,
): InParts<TriedIterate> {
  const last = iterates[iterates.length - 1];
  let best = { ...last, value: yield* valueOf(last.x) };
  for (let j = iterates.length - 2; j >= 0; j--) {
    const value = yield* valueOf(iterates[j].x);
    if (value > best.value) break;
    best = { ...iterates[j], value };
  }
  return best;
}

/** λ of the next step. */
function adapted(damping: number, ratio: number, drop: number, dtype: DType): number {
  const next = damping * dampingFactor(ratio, { shrinkage: drop, growth: 1 / drop });
  // Beyond, products with λ could overflow.
  return next > 0 && next < Math.sqrt(largestFinite(dtype)) ? next : damping;
}
