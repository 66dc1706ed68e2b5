// Stopping by samples that no step has seen: accepted steps that do not lower their loss are counted.
//
// The rule is that of MATLAB's trainlm. A step that throws leaves what is remembered as it was.
import { checkBatch } from "../../nn/batch.ts";
import { copy } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { Problem } from "../optimizer.ts";
import type { LevenbergMarquardtState } from "./state.ts";

/** What validation says of a step. */
export interface Verdict {
  /** Loss at the parameters after the step, infinite where it is not finite. */
  readonly loss: number;
  /** True when patience is at its end. */
  readonly isOver: boolean;
}

/** Refuses a problem without the batch that a patience asks for. */
export function checkValidation({ validation }: Problem): void {
  if (validation === undefined) {
    throw new TypeError(
      "Cannot step levenbergMarquardt: patience asks for a validation batch in the problem",
    );
  }
  checkBatch("validate", validation);
}

/** The mean loss of the validation batch at the parameters. */
export function validationLoss({ model, loss, validation }: Problem): number {
  using lin = model.linearize(loss, validation!);
  return lin.loss;
}

/** The same, infinite where it is not finite. */
export function validationLossAfter(problem: Problem): number {
  try {
    return validationLoss(problem);
  } catch (error) {
    if (error instanceof NonFiniteError) return Infinity;
    throw error;
  }
}

/** Counts a step; `before` and `after` are the losses around it. Where patience is at its end the best parameters return. */
export function judge(
  state: LevenbergMarquardtState,
  { model }: Problem,
  { before, after, patience }: { before: number; after: number; patience: number },
): Verdict {
  const { bestParameters, parametersBefore } = state;
  if (!state.validation) copy(parametersBefore, bestParameters!);
  const { best, failures } = state.validation ?? { best: before, failures: 0 };
  if (after < best) {
    copy(model.parameters, bestParameters!);
    state.validation = { best: after, failures: 0 };
    return { loss: after, isOver: false };
  }
  const isOver = failures + 1 >= patience;
  if (isOver) {
    copy(bestParameters!, model.parameters);
    model.parametersChanged();
  }
  state.validation = { best, failures: isOver ? 0 : failures + 1 };
  return { loss: after, isOver };
}
