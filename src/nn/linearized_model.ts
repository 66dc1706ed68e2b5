// What a linearization needs of its model, and what it says of the model's sites.
import type { Matrix } from "../ops/matrix.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Coupling } from "./layers/layer_state.ts";
import type { NetworkPass } from "./pass/network_pass.ts";
import type { Site, SiteUse } from "./sites/site_layout.ts";

/**
 * A site with the quantities of one linearization; those of its own layer, where others are tied to it. In a batch
 * of sequences with lengths the rows are those of valid steps alone, sample by sample.
 */
export interface AffineSite extends Site {
  /** A (B T, D): the rows that W multiplies, the ones that carry the bias included; see `SiteForm`. */
  readonly inputs: Matrix;
  /** Z (B T, O) = A Wᵀ. */
  readonly outputs: Tensor;
  /** G (B T, O): gradients of each sample's own loss with respect to Z, not divided by B. */
  readonly outputGradients: Tensor;
  /** The first of a sample's rows; it has those before the first of the next one. */
  readonly firstRow: (sample: number) => number;
}

/** What a linearization needs of its model. */
export interface LinearizedModel {
  /** All parameters θ (P). */
  readonly parameters: Tensor;
  /** Number of parameters (P). */
  readonly parameterCount: number;
  /** The sites, in the order of their parameters. */
  readonly sites: readonly Site[];
  /** The uses of the sites, in the order of the layers. */
  readonly uses: readonly SiteUse[];
  /** How samples meet in training; undefined where they do not. */
  readonly coupling: Coupling | undefined;
  /** Counts changes of the parameters. */
  readonly version: number;
}

/** The sites with the quantities of a pass whose gradients are there. */
export function affineSites(model: LinearizedModel, pass: NetworkPass): AffineSite[] {
  const { siteCotangents } = pass.gradientPass;
  const values = ofOwnUses(
    model,
    pass.uses.map(({ outputs }, use) => ({
      inputs: pass.inputRows(use),
      outputs: pass.countedRows(use, outputs, "outputs"),
      outputGradients: pass.countedRows(use, siteCotangents[use], "gradients"),
      firstRow: (sample: number): number => pass.firstRow(use, sample),
    })),
  );
  return model.sites.map((site, i) => ({ ...site, ...values[i] }));
}

/** Of what is listed by use, that of each site's own layer. */
export function ofOwnUses<T>({ uses }: LinearizedModel, listed: readonly T[]): T[] {
  return listed.filter((_, i) => uses[i].isOwn);
}
