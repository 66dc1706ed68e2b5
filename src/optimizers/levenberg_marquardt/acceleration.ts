// Geodesic acceleration: a step d becomes d + ½ a, where a answers how the outputs bend along d,
//
//   (G + λ D) a = -(1/B) Σ Jᵀ H f_dd,   f_dd = ∂²/∂t² f(θ + t d) at t = 0
//
// Source: Transtrum & Sethna 2012, "Improvements to the Levenberg-Marquardt algorithm for nonlinear least-squares
// minimization", for squared errors. Deviations: H stands there for any loss; f_dd is a central difference of the exact
// tangents J d, which loses fewer digits than one of the outputs; where a is too long, d is tried without it instead of a
// shorter d.
import { axpby, axpy, firstNonFinite, norm } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { cast } from "../../tensor/create.ts";
import { filled } from "../../tensor/result.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Problem } from "../optimizer.ts";
import type { LevenbergMarquardtState } from "./state.ts";
import type { Trial } from "../trial.ts";
import type { DampedSystem } from "./system.ts";

/** Move of θ in a central difference, relative to 1 + ‖θ‖: about ε^(1/3), where truncation and rounding meet. */
const DIFFERENCE_STEP = Object.freeze({ float32: 1 / 256, float64: 1 / 131072 });

/** Adds ½ a to the step that `system` solved for last, where 2 ‖a‖ ≤ limit ‖d‖; else it stays as it is. */
export function bend(
  state: LevenbergMarquardtState,
  problem: Problem,
  trial: Trial,
  system: DampedSystem,
  limit: number,
): void {
  const { direction: d } = state;
  const { model, loss, batch } = problem;
  using change = secondChange(state, problem, trial);
  if (!change) return;
  using lin = model.linearize(loss, batch);
  using a = new Tensor("float64", d.shape);
  if (!system.solveFor(change, lin, a)) return;
  if (2 * norm(a) <= limit * norm(d)) axpy(0.5, a, d);
}

/** f_dd (B, …), or undefined where it is not finite; the parameters are put back. */
function secondChange(
  { direction: d, parametersBefore }: LevenbergMarquardtState,
  { model, loss, batch }: Problem,
  trial: Trial,
): Tensor | undefined {
  const { dtype } = model;
  const length = norm(d);
  if (!(length > 0)) return undefined;
  const h = DIFFERENCE_STEP[dtype] * (1 + norm(parametersBefore)) / length;
  using v = cast(d, dtype);
  const tangentAt = (factor: number): Tensor => {
    if (!trial.moveTo(d, factor)) throw new NonFiniteError("bend a step", "its end");
    using lin = model.linearize(loss, batch);
    return lin.jvp(v);
  };
  try {
    return filled(tangentAt(h), (change) => {
      using below = tangentAt(-h);
      axpby(-1 / (2 * h), below, 1 / (2 * h), change);
      if (firstNonFinite(change) >= 0) throw new NonFiniteError("bend a step", "the outputs");
    });
  } catch (error) {
    if (error instanceof NonFiniteError) return undefined;
    throw error;
  } finally {
    trial.takeBack();
  }
}
