// Which system a step solves: the smaller one, unless a form is asked for.
import { checkMatrixFits, chooseAssembly } from "../../curvature/gauss_newton_matrix.ts";
import { siteWithoutNodes } from "../../curvature/gauss_newton_matrix/choice.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { whyNoRoot } from "../../nn/losses/loss.ts";
import type { Problem } from "../optimizer.ts";
import { DualSystem } from "./dual.ts";
import { valuesAt } from "../schedule.ts";
import { LsmrSystem } from "./lsmr.ts";
import { PrimalSystem } from "./primal.ts";
import {
  type LevenbergMarquardtForm,
  type LevenbergMarquardtSettings,
  LSMR_DOMAINS,
  LSMR_FORM,
} from "./settings.ts";
import { SquareRootSystem } from "./square_root.ts";
import type { DampedSystem, SystemParts } from "./system.ts";

const ACTION = "step levenbergMarquardt";

/** Matrices of the order of a system: itself and its factor. */
const COPIES = 2;

/** Makes the system of one step. */
export function makeSystem(
  problem: Problem,
  lin: Linearization,
  parts: SystemParts,
  settings: LevenbergMarquardtSettings,
  step: number,
): DampedSystem {
  const { form, primal, lsmr, scaling } = settings;
  const chosen = form === "auto" ? smallerForm(lin, settings) : form;
  checkForm(lin, chosen);
  if (chosen === "lsmr") {
    const limits = valuesAt(LSMR_FORM, lsmr, LSMR_DOMAINS, step);
    return new LsmrSystem(problem, lin, parts, scaling, limits);
  }
  if (chosen === "dual") {
    checkMatrixFits(ACTION, lin.output.size, COPIES);
    return new DualSystem(lin, parts);
  }
  checkMatrixFits(ACTION, lin.parameterCount, COPIES);
  if (chosen === "square-root") {
    return new SquareRootSystem(lin, problem.model.parameters, parts.l2, scaling);
  }
  return new PrimalSystem(lin, parts, chooseAssembly(ACTION, lin, primal.assembly), scaling);
}

function smallerForm(
  lin: Linearization,
  { scaling }: LevenbergMarquardtSettings,
): Exclude<LevenbergMarquardtForm, "auto"> {
  const canBeDual = scaling === "identity" && lin.lossFunction.hessianRoot !== undefined &&
    !siteWithoutNodes(lin);
  return canBeDual && lin.output.size < lin.parameterCount ? "dual" : "primal";
}

function checkForm(lin: Linearization, form: LevenbergMarquardtForm): void {
  if (form === "primal") return;
  const { lossFunction } = lin, lack = whyNoRoot(lossFunction);
  if (lack) throw new TypeError(`Cannot ${ACTION}: ${lack}, form must be "primal"`);
  if (form === "square-root" && !lossFunction.residuals) {
    throw new TypeError(
      `Cannot ${ACTION}: ${lossFunction.name} has no residuals, the square-root form is for losses ½‖r‖²`,
    );
  }
  const site = form === "dual" ? siteWithoutNodes(lin) : undefined;
  if (site) {
    throw new TypeError(
      `Cannot ${ACTION}: site "${site.name}" does not act once on each sample as a matrix, ` +
        'form must be "primal"',
    );
  }
}
