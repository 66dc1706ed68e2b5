// One step of KFI.
import type { ChainSite } from "../../curvature/dense_chain.ts";
import { inputMoment } from "../../curvature/kronecker_factors.ts";
import { Matrix } from "../../ops/matrix.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { instance, kernels } from "../../runtime/instance.ts";
import { workspace } from "../../runtime/memory.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { addMomentum, meanDiagonal, measureCurvature, refuseZero } from "../ea_cg/curvature.ts";
import { EA_CURVATURE_DOMAINS } from "../ea_cg/settings.ts";
import type { Problem, StepReport } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { applyUpdate, regularizedGradient } from "../update.ts";
import type { KfiSettings } from "./settings.ts";
import type { KfiState } from "./state.ts";

const TRANSPOSED = 1, RIGHT = 2;

/** Takes one step. */
export function kfiStep(state: KfiState, problem: Problem, settings: KfiSettings): StepReport {
  const { model, loss, batch } = problem, { step, gradient } = state;
  const values = valuesAt("kfi", settings, EA_CURVATURE_DOMAINS, step);
  const { learningRate, l2, alpha } = values;

  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, l2, gradient, step);
  for (const [i, site] of measureCurvature(state, lin, settings).entries()) {
    const block = gradient.view(site.weight.shape, site.offset);
    precondition(state, site, state.hessians[i], block, lin.batchSize, alpha, settings);
  }
  addMomentum(state, settings);
  const stepNorm = applyUpdate(model, gradient, values, step);
  state.momentum?.commit();
  state.step++;
  return { step, loss: lin.loss, gradientNorm, stepNorm, learningRate, damping: alpha };
}

/** Replaces G by D; the bias on its own has the system ((1 - α) H̄ + α I) d = g. */
function precondition(
  state: KfiState,
  { name, inputs, hasBias, outputs }: ChainSite,
  hessian: Tensor,
  block: Tensor,
  batchSize: number,
  alpha: number,
  settings: KfiSettings,
): void {
  const { bias } = settings;
  const { dtype } = block, { potrs, trsm } = kernels(dtype), { exports } = instance();
  const [n, d] = block.shape, gamma = alpha / (1 - alpha), root = Math.sqrt(gamma);
  const isApart = hasBias && bias === "separate";
  const { tensor, storedRows, heldColumns, stride } = inputs;
  const rows = isApart ? new Matrix(tensor, storedRows, heldColumns, stride) : inputs;
  const width = rows.columns;
  const a = inputMoment(
    rows,
    batchSize,
    state.inputFactor.view([width, width]),
    { fresh: 1, old: 0 },
  );
  const h = state.outputFactor.view([n, n]);
  refuseZero(meanDiagonal(a), `the input factor of site "${name}"`, settings);
  const pi = ratio(a, hessian);
  const factored = (damping: number): void => {
    h.data.set(hessian.data);
    factor(h, damping, `site "${name}", curvature`, state.step);
  };
  factor(a, pi * root, `site "${name}", factor A`, state.step);
  const weights = (): number => workspace(exports.potrf_work_bytes());
  const last = block.view([outputs.shape[1] * d - width], width);
  if (isApart) {
    factored(gamma);
    potrs(n, 1, h.pointer, n, last.pointer, d, weights());
  }
  factored(root / pi);
  potrs(n, width, h.pointer, n, block.pointer, d, weights());
  const work = workspace(exports.gemm_work_bytes());
  trsm(RIGHT | TRANSPOSED, n, width, 1, a.pointer, width, block.pointer, d, work);
  trsm(RIGHT, n, width, 1, a.pointer, width, block.pointer, d, work);
  kernels(dtype).scal(block.size, 1 / (1 - alpha), block.pointer);
}

/** π; 1 where a factor vanishes, as at dead layers. */
function ratio(inputFactor: Tensor, outputFactor: Tensor): number {
  const [a, h] = [meanDiagonal(inputFactor), meanDiagonal(outputFactor)];
  return a > 0 && h > 0 ? Math.sqrt(a / h) : 1;
}

/** The Cholesky factor of a + damping I in its lower triangle; only what is not finite has none. */
function factor(a: Tensor, damping: number, where: string, step: number): void {
  const [n] = a.shape, { data } = a;
  for (let i = 0; i < n; i++) data[i * (n + 1)] += damping;
  const work = workspace(instance().exports.potrf_work_bytes());
  if (kernels(a.dtype).potrf(n, a.pointer, n, work) > 0) {
    throw new NonFiniteError("take a step", where, step);
  }
}
