// From cotangents of the outputs of every use of a site to vectors of all parameters.
import { matrix } from "../../ops/matrix.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Block, NetworkPass } from "./network_pass.ts";
import type { Layout, SiteUse } from "../sites/site_layout.ts";

type Sites = Pick<Layout, "sites" | "uses">;

/** Writes factor Σ Gᵀ A of a block's sites, summed over uses, to their parts of `out` (P). */
export function pullToParameters(
  layout: Sites,
  pass: NetworkPass,
  block: Block,
  cotangents: readonly Tensor[],
  factor: number,
  out: Tensor,
): void {
  forEachUse(layout, block, out, (i, { form, isOwn }, part) => {
    const scales = { alpha: factor, beta: isOwn ? 0 : 1 };
    const rows = pass.countedRows(i, cotangents[i], "pulled");
    form.pull(matrix(rows), pass.inputRows(i), part, scales);
  });
}

/** Writes (R{G}ᵀ A + Gᵀ R{A}) / B at every affine site, the like at others, summed over uses, to `out` (P). */
export function pullChange(
  layout: Sites,
  pass: NetworkPass,
  batchSize: number,
  out: Tensor,
): void {
  const { siteTangents, reverse: { siteCotangents } } = pass.secondOrderPass;
  const changes = siteTangents.map((site) => site.cotangents);
  const alpha = 1 / batchSize;
  pullToParameters(layout, pass, pass.allSites, changes, alpha, out);
  forEachUse(layout, pass.allSites, out, (i, { form }, part) => {
    const { inputs } = siteTangents[i];
    if (inputs) form.pull(matrix(siteCotangents[i]), inputs, part, { alpha, beta: 1 });
  });
}

/** Visits the uses of a block's sites with their parts of a vector (P), each site's own before those tied to it. */
function forEachUse(
  { sites, uses }: Sites,
  block: Block,
  vector: Tensor,
  visit: (index: number, use: SiteUse, part: Tensor) => void,
): void {
  for (const own of [true, false]) {
    for (const [i, use] of uses.entries()) {
      if (use.isOwn !== own || !block.includes(use.site)) continue;
      const { weight, offset } = sites[use.site];
      visit(i, use, vector.view(weight.shape, offset));
    }
  }
}
