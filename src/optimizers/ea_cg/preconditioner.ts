// The solutions of all sites' systems, in the place of the gradient.
import { copy, dot } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Preconditioner, SecondLook, Situation } from "../preconditioned_step.ts";
import { penalty } from "../penalty.ts";
import { adaptAlpha, type Adaptation } from "./adapt_alpha.ts";
import { measureCurvature } from "./curvature.ts";
import type { EA_CG_DOMAINS, EaCgSettings } from "./settings.ts";
import type { EaCgState } from "./state.ts";
import { curvatureAlong, solveSystem, type System, systemsOf } from "./systems.ts";

type EaCgSituation = Situation<EaCgState, EaCgSettings, typeof EA_CG_DOMAINS>;

/** Measures the curvature of every site. */
export function eaCgPreconditioner(situation: EaCgSituation): Preconditioner {
  const { state, lin, settings } = situation;
  const alpha = state.alpha ?? situation.values.alpha, values = { ...situation.values, alpha };
  const systems = measureCurvature(state, lin, settings).map((site, i) =>
    systemsOf(state, site, i, lin.batchSize, settings)
  );
  const limits = { tolerance: values.solverTolerance, maxIterations: values.maxIterations };
  const trial = trialOf({ ...situation, values }, systems);
  let solverIterations = 0;
  return {
    apply: (vector) =>
      state.split.apply(
        vector,
        vector,
        { damping: alpha, share: 1 - alpha },
        (i, block) => {
          for (const system of systems[i]) {
            solverIterations += solveSystem(state, system, block, alpha, limits, settings.form);
          }
        },
      ),
    secondLook: trial,
    commit() {
      state.split.commit();
      const report = { damping: alpha, solverIterations };
      return trial ? { ...report, ...trial.commit() } : report;
    },
  };
}

/** A second look by which α adapts, where it does. */
interface Trial extends SecondLook {
  /** Remembers the next α. */
  commit(): { reductionRatio: number };
}

function trialOf(situation: EaCgSituation, systems: readonly System[][]): Trial | undefined {
  const { state, lin, problem, values } = situation;
  if (!state.trial) return undefined;
  const { model } = problem, { slope, parametersBefore } = state.trial;
  copy(state.gradient, slope);
  const before = lin.loss + penalty(model.parameters, values.l2);
  let adapted: Adaptation;
  return {
    parametersBefore,
    standsAfter(direction, trial) {
      const promised = modelChange(direction, situation, systems);
      adapted = adaptAlpha({ before, after: trial.objective() }, promised, values.alpha);
      return adapted.accepted;
    },
    commit() {
      const { reductionRatio, damping } = adapted;
      state.setDamping(damping);
      return { reductionRatio };
    },
  };
}

/** What the damped model promises: -η gᵀd + ½ η² dᵀ(C + λ I) d, λ = α / (1 - α), d the direction. */
function modelChange(
  direction: Tensor,
  { state, problem, values: { alpha, learningRate } }: EaCgSituation,
  systems: readonly System[][],
): number {
  const sites = state.split.own(problem.model.sites);
  let bend = alpha / (1 - alpha) * dot(direction, direction);
  bend += state.split.curvatureAlong(direction);
  for (const [i, own] of systems.entries()) {
    const block = direction.view(sites[i].weight.shape, sites[i].offset);
    for (const system of own) bend += curvatureAlong(system, block);
  }
  return learningRate * (0.5 * learningRate * bend - dot(state.trial!.slope, direction));
}
