// Networks that the recursion of pre-activation Hessians can walk: dense sites, one after the other, with
// functions of single elements between them and after the last.
import type { AffineSite, Linearization, LinearizedModel, Site } from "../nn/linearization.ts";
import type { Link } from "../nn/layers/layer.ts";
import { leadingColumns, type Matrix, matrix } from "../ops/matrix.ts";
import { axpy, copy, fill } from "../ops/vector.ts";
import { Tensor } from "../tensor/tensor.ts";
import { whyNoFactors } from "./kronecker_factors.ts";
import { throughMatrix } from "./statistics/products.ts";
import { gradientsOf, hasOneRowEach, inputsOf } from "./statistics/rows.ts";

/** A site with what follows it. */
export interface ChainSite extends AffineSite {
  /** What follows, up to the next site or to the output. */
  readonly link: Link;
}

const SUPPORTED = "supported are dense sites with activations and changes of shape between them";

function refuse(action: string, name: string, why: string): never {
  throw new TypeError(`Cannot ${action}: site "${name}" ${why}; ${SUPPORTED}`);
}

/** Refuses sites that are not dense, by name. */
export function checkDenseSites(action: string, sites: readonly Site[]): void {
  for (const { name, form, uses, positions } of sites) {
    if (!form.isOuterProduct) refuse(action, name, "applies no matrix to its inputs");
    if (uses !== 1) refuse(action, name, "is shared with layers that are tied to it");
    if (positions !== 1) refuse(action, name, "is applied at several positions");
  }
}

/**
 * How many sites are below the chain that ends at the output: those without Kronecker factors, through which the
 * recursion does not pass. Refuses others below them, and sites of the chain that are not dense, by name.
 */
export function sitesBelowChain(
  action: string,
  { sites, uses }: Pick<LinearizedModel, "sites" | "uses">,
): number {
  const lacksFactors = (site: Site): boolean => whyNoFactors(site) !== undefined;
  let barrier: Site | undefined;
  for (const { site: number } of uses.toReversed()) {
    const site = sites[number];
    if (lacksFactors(site)) barrier = site;
    else if (barrier) {
      const below = `is below site "${barrier.name}"`;
      refuse(action, site.name, `${below}, through which the recursion of curvature does not pass`);
    }
  }
  const first = sites.filter(lacksFactors).length;
  checkDenseSites(action, sites.slice(first));
  return first;
}

/**
 * The sites from number `first` on; refuses a network where they are no such chain, and names the site where it ends
 * to be one.
 */
export function denseChain(action: string, lin: Linearization, first = 0): readonly ChainSite[] {
  const { links, sites } = lin, chain = sites.slice(first);
  checkDenseSites(action, chain);
  return chain.map((site, i) => {
    const link = links.at(i - chain.length); // each use of the chain is of a site of its own
    if (link && !inputsOf(site).areGathered && hasOneRowEach(site, lin.batchSize)) {
      return { ...site, link };
    }
    return refuse(action, site.name, "does not lead to the next by functions of single elements");
  });
}

/** W without the column of the bias. */
export function withoutBias({ weight, hasBias }: ChainSite): Matrix {
  return leadingColumns(matrix(weight), weight.shape[1] - (hasBias ? 1 : 0));
}

/**
 * slopes = φ'(z) and bends = φ''(z) ⊙ q of every sample at what follows a site, (B, O) each; q is the gradient
 * of each sample's loss in what the next site, or the loss, sees. Without `bends` only the slopes.
 */
export function measureLink(
  lin: Linearization,
  { link }: ChainSite,
  next: ChainSite | undefined,
  slopes: Tensor,
  bends?: Tensor,
): void {
  fill(slopes, 1);
  for (const { timesFirst } of link) timesFirst(slopes, slopes);
  if (!bends) return;
  if (next) throughMatrix(gradientsOf(next), withoutBias(next), bends);
  else lin.lossFunction.evaluate(lin.output, lin.target, bends.view(lin.output.shape));
  if (link.length === 1) link[0].timesSecond(bends, bends);
  else bendThrough(link, bends);
}

/** The same recursion as that of layers, for functions of single elements one after the other. */
function bendThrough(link: Link, cotangent: Tensor): void {
  using bent = fill(new Tensor(cotangent.dtype, cotangent.shape), 0);
  using here = new Tensor(cotangent.dtype, cotangent.shape);
  for (const { timesFirst, timesSecond } of link.toReversed()) {
    timesSecond(cotangent, here);
    timesFirst(bent, bent);
    timesFirst(bent, bent);
    axpy(1, here, bent);
    timesFirst(cotangent, cotangent);
  }
  copy(bent, cotangent);
}
