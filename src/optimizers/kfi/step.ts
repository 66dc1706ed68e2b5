// One step of KFI.
import { addMomentum, measureCurvature } from "../ea_cg/curvature.ts";
import { EA_CURVATURE_DOMAINS } from "../ea_cg/settings.ts";
import type { Problem, StepReport } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { applyUpdate, regularizedGradient } from "../update.ts";
import type { KfiSettings } from "./settings.ts";
import { precondition } from "./site.ts";
import type { KfiState } from "./state.ts";

/** Takes one step. */
export function kfiStep(state: KfiState, problem: Problem, settings: KfiSettings): StepReport {
  const { model, loss, batch } = problem, { step, gradient } = state;
  const values = valuesAt("kfi", settings, EA_CURVATURE_DOMAINS, step);
  const { learningRate, l2, alpha } = values;

  using lin = model.linearize(loss, batch);
  const { batchSize } = lin;
  const gradientNorm = regularizedGradient(lin, model, l2, gradient, step);
  for (const [i, site] of measureCurvature(state, lin, settings).entries()) {
    const block = gradient.view(site.weight.shape, site.offset);
    precondition(state, site, state.hessians[i], block, { alpha, l2, batchSize }, settings);
  }
  addMomentum(state, settings);
  const stepNorm = applyUpdate(model, gradient, values, step);
  state.momentum?.commit();
  state.step++;
  return { step, loss: lin.loss, gradientNorm, stepNorm, learningRate, damping: alpha };
}
