// Pulls of cotangents back to the parameters sample by sample: rows whose sum over samples a vjp is.
import { khatriRao, type Span } from "../../ops/face_splitting.ts";
import { matrix, rowsBetween } from "../../ops/matrix.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { SiteValues } from "../sites/site.ts";
import type { Site, SiteUse } from "../sites/site_layout.ts";
import type { NetworkPass } from "./network_pass.ts";

/** Where rows go: the first one's first element, and the elements between rows. */
export interface RowPlace {
  /** First element of the first row. */
  readonly offset: number;
  /** Elements between rows. */
  readonly stride: number;
}

/**
 * Prepares the pulls of single samples, sites' own uses before those tied to them: a function that writes the rows of a
 * span of samples.
 */
export function sampleRows(
  { sites, uses }: { readonly sites: readonly Site[]; readonly uses: readonly SiteUse[] },
  pass: NetworkPass,
  cotangents: readonly Tensor[],
): (span: Span, out: Tensor, place: RowPlace) => void {
  const [batchSize] = pass.input.shape;
  const ordered = uses.map((use, i) => ({
    use,
    site: sites[use.site],
    values: pass.uses[i],
    cotangents: cotangents[i],
  })).sort((a, b) => Number(b.use.isOwn) - Number(a.use.isOwn));
  return (span, out, place) => {
    for (const use of ordered) writeSampleRows(use, batchSize, span, out, place);
  };
}

/** One application of a site with its quantities and the cotangents of its outputs. */
interface SampledUse {
  readonly site: Site;
  readonly use: SiteUse;
  readonly values: SiteValues;
  readonly cotangents: Tensor;
}

/** Writes what one use gives of a span of samples; a use that is not its site's own adds to that. */
function writeSampleRows(
  { site, use, values: { inputs }, cotangents }: SampledUse,
  batchSize: number,
  span: Span,
  out: Tensor,
  { offset, stride }: RowPlace,
): void {
  const start = offset + site.offset;
  const [rows, columns] = site.weight.shape;
  const isOuter = use.form.isOuterProduct && use.isOwn && inputs.rows === batchSize &&
    inputs.columns === columns && !inputs.patches;
  if (isOuter) {
    const part = cotangents.view([span.count, rows], span.first * rows);
    return khatriRao(part, inputs, span.first, out, { offset: start, stride });
  }
  const scales = { alpha: 1, beta: use.isOwn ? 0 : 1 };
  for (let n = 0; n < span.count; n++) {
    const to = out.view(site.weight.shape, start + n * stride);
    const sample = span.first + n;
    const [g, a] = [matrix(cotangents), inputs].map((all) => {
      const count = all.rows / batchSize;
      return rowsBetween(all, sample * count, (sample + 1) * count);
    });
    use.form.pull(g, a, to, scales);
  }
}
