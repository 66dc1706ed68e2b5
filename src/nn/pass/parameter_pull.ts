// From cotangents of the outputs of every use of a site to vectors of all parameters.
import { matrix } from "../../ops/matrix.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { NetworkPass } from "./network_pass.ts";
import type { SiteBlock, SitePlaces } from "../sites/site_block.ts";
import type { Layout, SiteUse } from "../sites/site_layout.ts";

type Sites = Pick<Layout, "sites" | "uses">;

/** Writes factor Σ Gᵀ A of some sites, summed over uses, to their places in `out`. */
export function pullToParameters(
  layout: Sites,
  pass: NetworkPass,
  places: SitePlaces,
  cotangents: readonly Tensor[],
  factor: number,
  out: Tensor,
): void {
  forEachUse(layout, places, out, (i, { form, isOwn }, part) => {
    const scales = { alpha: factor, beta: isOwn ? 0 : 1 };
    const rows = pass.countedRows(i, cotangents[i], "pulled");
    form.pull(matrix(rows), pass.inputRows(i), part, scales);
  });
}

/**
 * Writes (R{G}ᵀ A + Gᵀ R{A}) / B at the affine sites of a block, the like at others, summed over uses, to their places in
 * `out`.
 */
export function pullChange(
  layout: Sites,
  pass: NetworkPass,
  block: SiteBlock,
  places: SitePlaces,
  out: Tensor,
): void {
  const { siteTangents, reverse: { siteCotangents } } = pass.secondOrderPass(block);
  const changes = siteTangents.map((site) => site?.cotangents); // those below the block are holes
  const alpha = 1 / pass.input.shape[0];
  pullToParameters(layout, pass, places, changes, alpha, out);
  forEachUse(layout, places, out, (i, { form }, part) => {
    const { inputs } = siteTangents[i];
    if (inputs) form.pull(matrix(siteCotangents[i]), inputs, part, { alpha, beta: 1 });
  });
}

/** Visits the uses of some sites with their parts of a vector, each site's own before those tied to it. */
function forEachUse(
  { sites, uses }: Sites,
  places: SitePlaces,
  vector: Tensor,
  visit: (index: number, use: SiteUse, part: Tensor) => void,
): void {
  for (const own of [true, false]) {
    for (const [i, use] of uses.entries()) {
      if (use.isOwn !== own || !places.sites.includes(use.site)) continue;
      visit(i, use, vector.view(sites[use.site].weight.shape, places.offsetOf(use.site)));
    }
  }
}
