// Where the parameters of every site are in θ, and the uses that are made of them: a layer that is tied to
// a site has no weight of its own and uses that one again.
import { lend, type Tensor } from "../../tensor/tensor.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { SiteDescription } from "./site.ts";
import { AFFINE, type SiteForm, TRANSPOSED } from "./site_form.ts";
import type { StoredArray } from "./stored_array.ts";

/** A trainable matrix W = [weight | bias] of a model. */
export interface Site {
  /** Unique name, for example "dense_2". */
  readonly name: string;
  /** How W is applied. */
  readonly form: SiteForm;
  /** Layers that apply W: more than one where others are tied to it. */
  readonly uses: number;
  /** W (O, D), a view of the parameters. */
  readonly weight: Tensor;
  /** First element of W in the parameters. */
  readonly offset: number;
  /** Positions at which W is applied to each sample (T). */
  readonly positions: number;
  /** True when the last column of W is the bias. */
  readonly hasBias: boolean;
  /** Where rows of A are patches of images, the positions in a patch: the columns of W but the bias are (tap, channel). */
  readonly taps: number | undefined;
  /** The arrays that files keep W in; names begin with the index of the layer, as in torch.nn.Sequential. */
  readonly arrays: readonly StoredArray[];
}

/** One application of a site's W by a layer. */
export interface SiteUse {
  /** Number of the site. */
  readonly site: number;
  /** How W is applied here. */
  readonly form: SiteForm;
  /** True where the site is this layer's own; the first of its uses, as far as sums are concerned. */
  readonly isOwn: boolean;
  /** W (O, D). */
  readonly weight: Tensor;
}

/** Sites with their uses. */
export interface Layout {
  /** The sites in the order of their parameters. */
  readonly sites: readonly Site[];
  /** The uses in the order of the layers. */
  readonly uses: readonly SiteUse[];
  /** What each site was made of. */
  readonly descriptions: readonly SiteDescription[];
}

/** Elements of θ that the descriptions need. */
export function parameterCountOf(descriptions: readonly SiteDescription[]): number {
  const own = descriptions.filter(({ tie }) => !tie);
  return own.reduce((sum, { outputs, inputs }) => sum + outputs * inputs, 0);
}

/**
 * Lays out sites in `parameters` and finds what is tied to them.
 *
 * @throws {TypeError} when a layer is tied to a site that is not there or does not fit.
 */
export function layOut(all: readonly SiteDescription[], parameters: Tensor): Layout {
  const descriptions = all.filter(({ tie }) => !tie);
  const names = descriptions.map(({ kind }, i) => `${kind}_${i + 1}`);
  const targets = all.map(({ tie }) => tie ? names.indexOf(tie.site) : -1);
  let offset = 0;
  const sites = descriptions.map(
    ({ form = AFFINE, outputs, inputs, positions, hasBias, taps, arrays }, i): Site => {
      const weight = lend(parameters.view([outputs, inputs], offset), "a model");
      offset += weight.size;
      const uses = 1 + targets.filter((target) => target === i).length;
      return Object.freeze({
        name: names[i],
        form,
        uses,
        weight,
        offset: offset - weight.size,
        positions,
        hasBias,
        taps,
        arrays,
      });
    },
  );
  let own = 0;
  const uses = all.map((description, i): SiteUse => {
    const { tie } = description;
    if (!tie) {
      const site = own++;
      return { site, form: sites[site].form, isOwn: true, weight: sites[site].weight };
    }
    checkTie(description, tie.site, sites[targets[i]], descriptions[targets[i]]);
    const form = tie.isTransposed ? TRANSPOSED : AFFINE;
    return { site: targets[i], form, isOwn: false, weight: sites[targets[i]].weight };
  });
  return { sites, uses, descriptions };
}

function checkTie(
  { outputs, inputs, kind }: SiteDescription,
  name: string,
  site: Site | undefined,
  target: SiteDescription,
): void {
  if (!site) {
    throw new TypeError(`Cannot tie ${kind} to ${JSON.stringify(name)}: there is no such site`);
  }
  const [rows, columns] = site.weight.shape;
  const held = columns - (site.hasBias ? 1 : 0);
  if (!target.lendsWeight) {
    throw new TypeError(
      `Cannot tie ${kind} to ${
        JSON.stringify(name)
      }: it lends no weight, as dense and embedding do`,
    );
  }
  if (rows !== outputs || held !== inputs) {
    throw new TypeError(
      `Cannot tie ${kind} to ${JSON.stringify(name)}: its weight is ${
        formatShape([rows, held])
      }, the layer needs ${formatShape([outputs, inputs])}`,
    );
  }
}
