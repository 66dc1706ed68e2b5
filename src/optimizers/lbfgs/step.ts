// One step of L-BFGS. What can fail comes before the pairs change.
import { dot, norm } from "../../ops/vector.ts";
import type { Problem, StepReport } from "../optimizer.ts";
import { penalty } from "../penalty.ts";
import { Trial } from "../trial.ts";
import { regularizedGradient } from "../update.ts";
import { type LinePoint, wolfeSearch } from "../wolfe_search.ts";
import { type LbfgsSettings, lbfgsValues } from "./settings.ts";
import type { LbfgsState } from "./state.ts";

/** Takes one step. */
export function lbfgsStep(
  state: LbfgsState,
  problem: Problem,
  settings: LbfgsSettings,
): StepReport {
  const { model, loss, batch } = problem;
  const { step, next, gradient, gradientAfter, direction } = state;
  const values = lbfgsValues(settings, step);
  let before: number, gradientNorm: number;
  {
    using lin = model.linearize(loss, batch);
    before = lin.loss;
    gradientNorm = regularizedGradient(lin, model, values.l2, gradient, step);
  }
  const pairs = state.makeDirection();
  const start = {
    length: 0,
    value: before + penalty(model.parameters, values.l2),
    slope: dot(gradient, direction),
  };
  using trial = new Trial(problem, values.l2, state.parametersBefore);
  const pointAt = (length: number): LinePoint => {
    const value = trial.objectiveAt(direction, length, batch, gradientAfter);
    return { length, value, slope: value < Infinity ? dot(gradientAfter, direction) : NaN };
  };
  let found: LinePoint | undefined, last: LinePoint | undefined;
  // The first direction has the size of the gradient, which says nothing of the distance.
  const first = pairs > 0 ? 1 : Math.min(1, 1 / gradientNorm);
  if (start.slope < 0) {
    found = wolfeSearch((length) => last = pointAt(length), start, first, values);
  }
  if (found && found !== last) pointAt(found.length);
  if (found) trial.keep();

  const length = found?.length ?? 0;
  // Pairs that lead nowhere would do so again.
  if (!found || pairs === 0) state.forget();
  const isTaken = found !== undefined && state.takeIn(length, next);
  state.step++;
  return {
    step,
    loss: before,
    gradientNorm,
    stepNorm: length * norm(direction),
    learningRate: length,
    accepted: found !== undefined || gradientNorm === 0,
    skippedUpdates: isTaken ? 0 : 1,
  };
}
