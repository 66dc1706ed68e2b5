// The curvature that EA-CG and KFI step with.
import { type ChainSite, denseChain } from "../../curvature/dense_chain.ts";
import { meanPreActivationHessians } from "../../curvature/pre_activation.ts";
import { meanDiagonal } from "../../linalg/trace.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { firstNonFinite } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { EaCurvatureOptions } from "./settings.ts";
import type { EaCurvatureState } from "./state.ts";

/**
 * Fills the state's H̄, prepares what is below them and returns the sites; names the one whose H̄ is not finite, or zero while that of the outputs is
 * not, where that is refused.
 */
export function measureCurvature(
  state: EaCurvatureState,
  lin: Linearization,
  settings: Required<EaCurvatureOptions>,
): readonly ChainSite[] {
  const { projection, expectation } = settings;
  const sites = denseChain("take a step", lin, state.first);
  state.split.absorb(lin, 1);
  meanPreActivationHessians(lin, sites, projection, expectation, state.hessians);
  const sizes = sites.map(({ name }, i) => {
    const hessian = state.hessians[i];
    if (firstNonFinite(hessian) < 0) return meanDiagonal(hessian);
    throw new NonFiniteError("take a step", `site "${name}", curvature`, state.step);
  });
  // Without curvature in the outputs no site is to blame: the loss is flat, as with every sample learnt.
  if (sizes.at(-1) === 0) return sites;
  for (const [i, { name }] of sites.entries()) {
    refuseZero(sizes[i], `the curvature of site "${name}"`, settings);
  }
  return sites;
}

/** Refuses a size of zero where the settings say so. */
export function refuseZero(
  size: number,
  what: string,
  { degenerate }: Required<EaCurvatureOptions>,
): void {
  if (size !== 0 || degenerate === "limit") return;
  throw new RangeError(
    `Cannot take a step: ${what} is zero; degenerate: "limit" goes on without it`,
  );
}
