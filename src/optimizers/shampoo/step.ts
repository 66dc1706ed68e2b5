// One step of Shampoo.
import type { Model } from "../../nn/model.ts";
import { gemm } from "../../ops/gemm.ts";
import { matrix } from "../../ops/matrix.ts";
import { norm, scale } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { prepareMomentum } from "../momentum.ts";
import type { Problem, StepReport } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { applyUpdate, regularizedGradient } from "../update.ts";
import { SHAMPOO_DOMAINS, type ShampooSettings } from "./settings.ts";
import type { ShampooSide, ShampooState } from "./state.ts";

/** Takes one step. */
export function shampooStep(
  state: ShampooState,
  { model, loss, batch }: Problem,
  settings: ShampooSettings,
): StepReport {
  const { step } = state;
  const values = valuesAt("shampoo", settings, SHAMPOO_DOMAINS, step);
  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, values.l2, state.gradient, step);
  state.absorb(model.sites);
  const hasRoots = step < values.warmupSteps || step % values.rootInterval === 0;
  if (hasRoots) state.makeRoots(settings.epsilon);
  const moved = prepareMomentum(settings.momentum, state.momentum, state.gradient, step);
  precondition(state, model, moved, hasRoots, settings.grafting);
  const stepNorm = applyUpdate(model, state.direction, values, step);
  state.commit(hasRoots);
  state.step++;
  return { step, loss: lin.loss, gradientNorm, stepNorm, learningRate: values.learningRate };
}

/** direction = L^(-1/4) M R^(-1/4) at every site. */
function precondition(
  state: ShampooState,
  model: Model,
  moved: Tensor,
  areRootsPrepared: boolean,
  grafting: ShampooSettings["grafting"],
): void {
  const rootOf = ({ root }: ShampooSide): Tensor => areRootsPrepared ? root.next : root.current;
  for (const [i, { weight, offset }] of model.sites.entries()) {
    const { left, right } = state.sites[i];
    const block = moved.view(weight.shape, offset);
    const product = state.product.view(weight.shape);
    const direction = state.direction.view(weight.shape, offset);
    gemm(matrix(rootOf(left)), matrix(block), product);
    gemm(matrix(product), matrix(rootOf(right)), direction);
    if (grafting === "none") continue;
    const [size, wanted] = [norm(direction), norm(block)];
    if (size > 0) scale(wanted / size, direction);
  }
}
