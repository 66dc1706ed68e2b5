// One step: one system, and trial steps from it with rising λ until one lowers the objective. Parameters that no trial
// improves stay as they are, and λ keeps what it has risen to.
import type { Linearization } from "../../nn/linearization.ts";
import { dot, maxAbs, norm } from "../../ops/vector.ts";
import { machineEpsilon } from "../../runtime/dtype.ts";
import { afterFailure, afterSuccess, type Damping } from "../damping_schedule.ts";
import type { Problem, StepReport, StopReason } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { penalty } from "../penalty.ts";
import { Trial } from "../trial.ts";
import { regularizedGradient } from "../update.ts";
import { bend } from "./acceleration.ts";
import { makeSystem } from "./form.ts";
import { type LevenbergMarquardtSettings, LM_DOMAINS } from "./settings.ts";
import type { LevenbergMarquardtState } from "./state.ts";
import { checkValidation, judge, validationLoss, validationLossAfter } from "./validation.ts";

/** λ beyond which a step is nothing but rounding, and below which it cannot be told from none. */
const [SMALLEST_DAMPING, LARGEST_DAMPING] = [1e-30, 1e20];

/** What the trials of one step came to. */
interface Outcome {
  /** λ for the next step. */
  readonly damping: Damping;
  /** λ of the last trial. */
  readonly used: number;
  readonly trials: number;
  readonly stepNorm: number;
  readonly reductionRatio: number;
  readonly accepted: boolean;
  readonly stop: StopReason | undefined;
  /** Iterations of the solver, where there is one. */
  readonly solverIterations?: number | undefined;
}

/** Takes one step. */
export function levenbergMarquardtStep(
  state: LevenbergMarquardtState,
  problem: Problem,
  settings: LevenbergMarquardtSettings,
): StepReport {
  const { model, loss, batch } = problem;
  const { step } = state;
  const values = valuesAt("levenbergMarquardt", settings, LM_DOMAINS, step);
  const { l2, gradientTolerance } = values;
  const { patience } = settings;
  if (patience > 0) checkValidation(problem);
  const before = patience > 0 ? state.validation?.best ?? validationLoss(problem) : 0;
  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, l2, state.gradient, step);
  using trial = new Trial(problem, l2, state.parametersBefore);
  const outcome = maxAbs(state.gradient) <= gradientTolerance
    ? resting(state.damping, "gradient")
    : tryOut(state, problem, lin, trial, settings, values);
  const verdict = patience > 0 && outcome.accepted
    ? judge(state, problem, { before, after: validationLossAfter(problem), patience })
    : undefined;
  trial.keep();
  state.damping = outcome.damping;
  state.step++;
  const { stepNorm, accepted, trials: taken, reductionRatio, used, solverIterations } = outcome;
  const stop = verdict?.isOver ? "validation" : outcome.stop;
  return {
    ...{ step, loss: lin.loss, gradientNorm, stepNorm, learningRate: 1, damping: used },
    ...{ accepted, trials: taken, reductionRatio, ...(stop && { stop }) },
    ...(solverIterations !== undefined && { solverIterations }),
    ...(verdict && { validationLoss: verdict.loss }),
  };
}

/** No trial at all. */
function resting(damping: Damping, stop: StopReason): Outcome {
  return {
    damping,
    used: damping.value,
    trials: 0,
    stepNorm: 0,
    reductionRatio: 0,
    accepted: false,
    stop,
  };
}

function tryOut(
  state: LevenbergMarquardtState,
  problem: Problem,
  lin: Linearization,
  trial: Trial,
  settings: LevenbergMarquardtSettings,
  values: Record<keyof typeof LM_DOMAINS, number>,
): Outcome {
  const { rule } = settings;
  const { trials, l2, tolerance, acceleration } = values;
  const { direction: d, preciseGradient: g, parametersBefore: before } = state;
  g.data.set(state.gradient.data);
  using system = makeSystem({
    problem,
    lin,
    parts: { gradient: g, l2 },
    settings,
    step: state.step,
  });
  const size = norm(before);
  const objective = lin.loss + penalty(before, l2);
  let damping = state.damping;
  for (let count = 1;; count++) {
    const used = damping.value;
    let stop: StopReason | undefined;
    if (system.solve(damping.value, d)) {
      const inexact = system.iterative?.residualAlong ?? 0;
      const promised = (damping.value * system.scaledSquares(d) - dot(d, g) - inexact) / 2;
      const length = norm(d);
      if (length <= tolerance * (size + tolerance)) stop = "step";
      else if (promised <= machineEpsilon("float64") * Math.abs(objective)) stop = "objective";
      if (acceleration > 0) bend(state, problem, trial, system, acceleration);
      const found = trial.objectiveAt(d, 1);
      if (found < objective) {
        const reductionRatio = (objective - found) / promised;
        const next = bounded(afterSuccess(rule, damping, reductionRatio));
        return {
          damping: next,
          used,
          trials: count,
          stepNorm: acceleration > 0 ? norm(d) : length,
          reductionRatio,
          accepted: true,
          stop,
          solverIterations: system.iterative?.iterations,
        };
      }
      trial.takeBack();
    }
    damping = bounded(afterFailure(rule, damping));
    if (damping.value === LARGEST_DAMPING) stop ??= "damping";
    if (stop || count >= trials) {
      const solverIterations = system.iterative?.iterations;
      return { ...resting(damping, "step"), used, trials: count, stop, solverIterations };
    }
  }
}

function bounded({ value, growth }: Damping): Damping {
  const inside = Math.min(Math.max(value, SMALLEST_DAMPING), LARGEST_DAMPING);
  return { value: inside, growth: Math.min(growth, LARGEST_DAMPING) };
}
