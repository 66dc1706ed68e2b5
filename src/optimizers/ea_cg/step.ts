// One step of EA-CG.
import type { Linearization } from "../../nn/linearization.ts";
import type { Model } from "../../nn/model.ts";
import { copy, dot } from "../../ops/vector.ts";
import type { Problem, StepReport } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { penalty } from "../trial.ts";
import { applyUpdate, regularizedGradient } from "../update.ts";
import { adaptAlpha } from "./adapt_alpha.ts";
import { addMomentum, measureCurvature } from "./curvature.ts";
import { EA_CG_DOMAINS, type EaCgSettings } from "./settings.ts";
import type { EaCgState } from "./state.ts";
import { curvatureAlong, solveSystem, type System, systemsOf } from "./systems.ts";

/** The options' values in one step. */
type Values = Record<keyof typeof EA_CG_DOMAINS, number>;

/** Takes one step. */
export function eaCgStep(state: EaCgState, problem: Problem, settings: EaCgSettings): StepReport {
  const { model, loss, batch } = problem, { step, gradient, slope } = state;
  const scheduled = valuesAt("eaCg", settings, EA_CG_DOMAINS, step);
  const values = { ...scheduled, alpha: state.alpha ?? scheduled.alpha };
  const { alpha, learningRate, l2 } = values;

  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, l2, gradient, step);
  if (slope) copy(gradient, slope);
  const { systems, solverIterations } = solve(state, model, lin, values, settings);
  addMomentum(state, settings);
  const promised = slope ? modelChange(state, slope, model, systems, values) : 0;
  const objective = lin.loss + penalty(model.parameters, l2);
  if (state.parametersBefore) copy(model.parameters, state.parametersBefore);
  const stepNorm = applyUpdate(model, gradient, values, step);
  const adapted = slope && adaptAlpha(state, problem, objective, promised, values);

  if (adapted?.accepted !== false) state.momentum?.commit();
  state.step++;
  return {
    step,
    loss: lin.loss,
    gradientNorm,
    stepNorm: adapted?.accepted === false ? 0 : stepNorm,
    learningRate,
    damping: alpha,
    solverIterations,
    ...adapted,
  };
}

/** Replaces the gradient by the solutions of all sites' systems. */
function solve(
  state: EaCgState,
  model: Model,
  lin: Linearization,
  values: Values,
  settings: EaCgSettings,
): { systems: System[][]; solverIterations: number } {
  let solverIterations = 0;
  const systems = measureCurvature(state, lin, settings).map((site, i) => {
    const own = systemsOf(state, site, i, lin.batchSize, settings);
    const block = state.gradient.view(model.sites[i].weight.shape, site.offset);
    for (const system of own) {
      solverIterations += solveSystem(state, system, block, values.alpha, values, settings.form);
    }
    return own;
  });
  return { systems, solverIterations };
}

/** What the damped model promises: -η gᵀd + ½ η² dᵀ(C + λ I) d, λ = α / (1 - α), d the direction. */
function modelChange(
  { gradient: direction }: EaCgState,
  slope: EaCgState["gradient"],
  { sites }: Model,
  systems: readonly System[][],
  { alpha, learningRate }: Values,
): number {
  let bend = alpha / (1 - alpha) * dot(direction, direction);
  for (const [i, own] of systems.entries()) {
    const block = direction.view(sites[i].weight.shape, sites[i].offset);
    for (const system of own) bend += curvatureAlong(system, block);
  }
  return learningRate * (0.5 * learningRate * bend - dot(slope, direction));
}
