// H_g M H_a at every site, and the updates of both. The order is that of the authors' code: the direction uses inverses
// of the previous step; the second look sees the same mini-batch at the new parameters; then both inverses are updated.
// Everything that can fail comes before the first change that cannot be taken back.
import { actionOfFactor, actionOfRows } from "./hessian_action.ts";
import { scalePair } from "./pair_scale.ts";
import { inputMoment } from "../../curvature/kronecker_factors.ts";
import {
  gradientsOf,
  inputsOf,
  largestMagnitude,
  outputsOf,
  type SampleRows,
} from "../../curvature/statistics/rows.ts";
import { columnMeans } from "../../curvature/statistics/sums.ts";
import type { AffineSite, Linearization } from "../../nn/linearization.ts";
import type { Model } from "../../nn/model.ts";
import { axpby, axpy, copy, dot, firstNonFinite, norm } from "../../ops/vector.ts";
import { largestFinite } from "../../runtime/dtype.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Preconditioner, Situation } from "../preconditioned_step.ts";
import { type KBfgsSettings, type ModeTraits, NO_LIMIT, traitsOf } from "./settings.ts";
import type { KBfgsSite } from "./site.ts";
import { type KBfgsState, splitDamping } from "./state.ts";

type KBfgsSituation = Situation<KBfgsState, KBfgsSettings, ModeTraits["domains"]>;

/** Measures the batch before the step, and starts H_a where nothing else did. */
export function kBfgsPreconditioner(situation: KBfgsSituation): Preconditioner {
  const { state, lin: before, problem: { model, loss, batch }, values, settings } = situation;
  const { step, parametersBefore } = state, sites = state.split.own(before.sites);
  measureBefore(state, sites, step);
  if (traitsOf(settings).keepsFactor) checkInputMoments(model, sites, step);
  using scope = new Scope();
  const rows = Math.max(0, ...sites.map((site) => inputsOf(site).rows));
  const projections = scope.own(new Tensor(model.dtype, [rows]));
  const isFirst = !state.hasInputInverses;
  state.split.absorb(before, step === 0 ? 1 : 1 - values.decay);
  if (isFirst) state.startFromBatch(sites, before.batchSize, values.damping);
  scope.keep(projections);
  return {
    apply: (vector) =>
      state.multiply(vector, {
        left: (i, block, out) => state.sites[i].outputInverse.multiplyMatrix(block, out),
        right: (i) => state.sites[i].inputInverse.matrix,
        others: { damping: values.damping },
      }),
    secondLook: {
      parametersBefore,
      standsAfter() {
        using after = model.linearize(loss, batch);
        measureAfter(state, after, step);
        return isWithin(values.maximumIncrease, before.loss, after.loss);
      },
    },
    abandon() {
      projections.dispose();
      if (isFirst) state.forgetInputInverses();
    },
    commit() {
      const skippedUpdates = updateInverses(situation, sites, projections);
      projections.dispose();
      state.split.commit();
      return { damping: values.damping, skippedUpdates };
    },
  };
}

/** Updates both inverses by the sites of the first pass; returns how many updates were skipped. */
function updateInverses(
  { state, lin, values: { damping, decay }, settings }: KBfgsSituation,
  sites: readonly AffineSite[],
  projections: Tensor,
): number {
  const traits = traitsOf(settings);
  let skippedUpdates = 0;
  for (const [i, site] of state.sites.entries()) {
    const { input, output } = splitDamping(damping, sites[i]), rows = inputsOf(sites[i]);
    if (!updateOutputInverse(site, output, decay, traits)) skippedUpdates++;
    // In the first step A is that of the start, as the authors' code has it.
    if (state.step > 0) averageFactor(site, rows, lin, decay);
    if (!updateInputInverse(site, rows, lin.batchSize, input, traits, projections)) {
      skippedUpdates++;
    }
  }
  return skippedUpdates;
}

/** Losses may be zero or negative: the limit is on the rise, as a share of the loss's magnitude. */
function isWithin(maximumIncrease: number, before: number, after: number): boolean {
  return maximumIncrease === NO_LIMIT || after - before <= (maximumIncrease - 1) * Math.abs(before);
}

/** abar, hbar and gbar of the first pass. A mean is finite only where all it averages is. */
function measureBefore(state: KBfgsState, sites: readonly AffineSite[], step: number): void {
  for (const [i, site] of sites.entries()) {
    const { name } = site;
    const { inputWork: [mean], outputWork: work } = state.sites[i];
    columnMeans(inputsOf(site), mean);
    columnMeans(outputsOf(site), work.outputsBefore);
    columnMeans(gradientsOf(site), work.gradientsBefore);
    checkMean(mean, `site "${name}", inputs`, step);
    checkMean(work.outputsBefore, `site "${name}", outputs`, step);
    checkMean(work.gradientsBefore, `site "${name}", output gradients`, step);
  }
}

/** A is averaged in place, when the step is already certain: its elements must be known to be finite. */
function checkInputMoments(
  { dtype }: Model,
  sites: readonly AffineSite[],
  step: number,
): void {
  for (const site of sites) {
    const inputs = inputsOf(site), size = largestMagnitude(inputs);
    if (!(size * size * inputs.rows <= largestFinite(dtype))) {
      throw new NonFiniteError("take a step", `site "${site.name}", factor A`, step);
    }
  }
}

/** Their changes to the second pass. */
function measureAfter(state: KBfgsState, after: Linearization, step: number): void {
  const sites = state.split.own(after.sites);
  for (const [i, site] of sites.entries()) {
    const { name } = site;
    const { outputsBefore, gradientsBefore, outputsChange, gradientsChange } =
      state.sites[i].outputWork;
    columnMeans(outputsOf(site), outputsChange);
    columnMeans(gradientsOf(site), gradientsChange);
    axpy(-1, outputsBefore, outputsChange);
    axpy(-1, gradientsBefore, gradientsChange);
    checkMean(outputsChange, `site "${name}", outputs after the step`, step);
    checkMean(gradientsChange, `site "${name}", output gradients after the step`, step);
  }
}

function checkMean(mean: Tensor, where: string, step: number): void {
  if (firstNonFinite(mean) >= 0) throw new NonFiniteError("take a step", where, step);
}

/** Updates the averages of s and y, then H_g by the damped pair. The averages keep the raw means. */
function updateOutputInverse(
  site: KBfgsSite,
  mu2: number,
  decay: number,
  { dampPair, relativeSkip }: ModeTraits,
): boolean {
  const { outputWork: work, outputInverse, s, y } = site;
  axpby(1 - decay, work.outputsChange, decay, s);
  axpby(1 - decay, work.gradientsChange, decay, y);
  copy(s, work.s);
  copy(y, work.y);
  outputInverse.multiply(work.y, work.q);
  dampPair(work.s, work.y, work.q, mu2);
  if (!isAcceptable(work.s, work.y, work.gradientsBefore, relativeSkip)) return false;
  scalePair(work.s, work.y);
  return outputInverse.update(work.s, work.y);
}

/** A = decay A + (1 - decay) A of the mini-batch. */
function averageFactor(
  site: KBfgsSite,
  rows: SampleRows,
  lin: Linearization,
  decay: number,
): void {
  if (site.inputFactor) {
    inputMoment(rows, lin.batchSize, site.inputFactor, { fresh: 1 - decay, old: decay });
  }
}

/** Updates H_a along the mean input. */
function updateInputInverse(
  site: KBfgsSite,
  rows: SampleRows,
  batchSize: number,
  damping: number,
  { relativeSkip }: ModeTraits,
  projections: Tensor,
): boolean {
  const { inputInverse, inputFactor, inputWork: [mean, s, y] } = site;
  inputInverse.multiply(mean, s);
  if (inputFactor) actionOfFactor(inputFactor, damping, s, y);
  else actionOfRows(rows, batchSize, damping, s, y, projections.view([rows.rows]));
  if (!isAcceptable(s, y, mean, relativeSkip)) return false;
  scalePair(s, y);
  return inputInverse.update(s, y);
}

/** Positive curvature, and in the 2020 mode enough of it. */
function isAcceptable(s: Tensor, y: Tensor, mean: Tensor, relativeSkip: number): boolean {
  const product = dot(s, y);
  return product > 0 && product > relativeSkip * dot(s, s) * norm(mean);
}
