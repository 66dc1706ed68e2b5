// Second moments of a site's rows: the factors of K-FAC and of K-BFGS, scaled as their authors do.
import type { Site } from "../nn/sites/site_layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { SampleRows } from "./statistics/rows.ts";
import { gram } from "./statistics/sums.ts";

/** Weights of the new moment and of what `out` holds; 0 does not read it. */
export interface Blend {
  /** Weight of the new moment. */
  readonly fresh: number;
  /** Weight of the old one. */
  readonly old: number;
}

/** out = fresh (1/B) Σ_n Σ_t a aᵀ + old out: summed over positions, averaged over samples. */
export function inputMoment(
  inputs: SampleRows,
  batchSize: number,
  out: Tensor,
  blend: Blend,
): Tensor {
  return gram(inputs, out, { alpha: blend.fresh / batchSize, beta: blend.old });
}

/** out = fresh mean_n mean_t g gᵀ + old out: averaged over samples and positions. */
export function gradientMoment(gradients: SampleRows, out: Tensor, blend: Blend): Tensor {
  return gram(gradients, out, { alpha: blend.fresh / gradients.rows, beta: blend.old });
}

/** Why a site that several layers use has no factors of its own. */
const SHARED = "is shared with layers that are tied to it";

/** Why a site's curvature block has no factors A and G, after "site … "; undefined where it has them. */
export function whyNoFactors({ form, uses }: Site): string | undefined {
  return form.lacksFactors ?? (uses > 1 ? SHARED : undefined);
}

/**
 * Refuses sites whose curvature blocks have no factors A and G.
 *
 * @throws {TypeError} when W is not applied to rows as a whole, or is applied by more than one layer.
 */
export function checkKroneckerSites(action: string, sites: readonly Site[]): void {
  for (const site of sites) {
    const reason = whyNoFactors(site);
    if (reason === undefined) continue;
    throw new TypeError(
      `Cannot ${action}: site "${site.name}" ${reason}; supported are dense, conv2d and other ` +
        "layers that apply a matrix of their own",
    );
  }
}
