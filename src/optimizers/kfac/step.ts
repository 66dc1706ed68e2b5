// One step of K-FAC.
import { dampedInverse } from "../../linalg/damped_inverse.ts";
import { meanDiagonal } from "../../linalg/trace.ts";
import type { Model } from "../../nn/model.ts";
import { gemm } from "../../ops/gemm.ts";
import { matrix } from "../../ops/matrix.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { KFAC_DOMAINS, type KfacSettings } from "./settings.ts";
import type { KfacState } from "./state.ts";
import { prepareMomentum } from "../momentum.ts";
import type { Problem, Replaceable, StepReport } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { applyUpdate, regularizedGradient } from "../update.ts";

/** Takes one step. */
export function kfacStep(state: KfacState, problem: Problem, settings: KfacSettings): StepReport {
  const { model, loss, batch } = problem;
  const { step } = state;
  const values = valuesAt("kfac", settings, KFAC_DOMAINS, step);
  const { learningRate, l2, damping } = values;

  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, l2, state.gradient, step);
  const absorbs = state.seen === 0 || step % values.factorInterval === 0;
  const inverts = step < values.warmupSteps || step % values.inverseInterval === 0;
  if (absorbs) state.absorb(lin, settings, state.seen === 0 ? 1 : 1 - values.decay);
  if (inverts) invertFactors(state, absorbs, damping, settings.split);
  precondition(
    state,
    model,
    prepareMomentum(settings.momentum, state.momentum, state.gradient, step),
    inverts,
  );
  const stepNorm = applyUpdate(model, state.direction, values, step);

  state.momentum.commit();
  if (absorbs) state.commitFactors();
  if (inverts) state.commitInverses();
  state.step++;
  return { step, loss: lin.loss, gradientNorm, stepNorm, learningRate, damping };
}

/** The value that this step uses: the prepared one where there is one. */
function valueOf({ current, next }: Replaceable, isPrepared: boolean): Tensor {
  return isPrepared ? next : current;
}

/** π of Martens & Grosse 2015, section 6.3; 1 where a factor vanishes, as after dead units. */
function ratio(inputFactor: Tensor, outputFactor: Tensor, split: KfacSettings["split"]): number {
  if (split === "plain") return 1;
  const [a, g] = [meanDiagonal(inputFactor), meanDiagonal(outputFactor)];
  return a > 0 && g > 0 ? Math.sqrt(a / g) : 1;
}

/** Prepares (A + π√λ I)^-1 and (G + √λ/π I)^-1 of every site. */
function invertFactors(
  state: KfacState,
  areFactorsPrepared: boolean,
  damping: number,
  split: KfacSettings["split"],
): void {
  const root = Math.sqrt(damping);
  for (const site of state.sites) {
    const inputFactor = valueOf(site.inputFactor, areFactorsPrepared);
    const outputFactor = valueOf(site.outputFactor, areFactorsPrepared);
    const pi = ratio(inputFactor, outputFactor, split);
    dampedInverse(inputFactor, root * pi, site.inputInverse.next, site.inputWork);
    dampedInverse(outputFactor, root / pi, site.outputInverse.next, site.outputWork);
  }
}

/** direction = (G + λ_G I)^-1 M (A + λ_A I)^-1 at every site. */
function precondition(
  state: KfacState,
  model: Model,
  gradient: Tensor,
  areInversesPrepared: boolean,
): void {
  for (const [i, { weight, offset }] of model.sites.entries()) {
    const { inputInverse, outputInverse } = state.sites[i];
    const product = state.product.view(weight.shape);
    const block = matrix(gradient.view(weight.shape, offset));
    gemm(matrix(valueOf(outputInverse, areInversesPrepared)), block, product);
    gemm(
      matrix(product),
      matrix(valueOf(inputInverse, areInversesPrepared)),
      state.direction.view(weight.shape, offset),
    );
  }
}
