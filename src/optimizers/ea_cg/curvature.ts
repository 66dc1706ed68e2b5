// The curvature that EA-CG and KFI step with, and what every step does with a direction.
import { type ChainSite, denseChain } from "../../curvature/dense_chain.ts";
import { meanPreActivationHessians } from "../../curvature/pre_activation.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { copy, firstNonFinite } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { prepareMomentum } from "../momentum.ts";
import type { EaCurvatureOptions } from "./settings.ts";
import type { EaCurvatureState } from "./state.ts";

/** Fills the state's H̄ and returns the sites; names the one whose H̄ is not finite. */
export function measureCurvature(
  state: EaCurvatureState,
  lin: Linearization,
  { projection, expectation }: Required<EaCurvatureOptions>,
): readonly ChainSite[] {
  const sites = denseChain("take a step", lin);
  meanPreActivationHessians(lin, sites, projection, expectation, state.hessians);
  for (const [i, { name }] of sites.entries()) {
    if (firstNonFinite(state.hessians[i]) < 0) continue;
    throw new NonFiniteError("take a step", `site "${name}", curvature`, state.step);
  }
  return sites;
}

/** Makes the state's direction, which stands in `gradient`, that of the momentum. */
export function addMomentum(
  state: EaCurvatureState,
  { momentum }: Required<EaCurvatureOptions>,
): void {
  if (momentum === "none" || !state.momentum) return;
  const direction = prepareMomentum(momentum, state.momentum, state.gradient, state.step);
  if (direction !== state.gradient) copy(direction, state.gradient);
}
