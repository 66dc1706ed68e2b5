import { diagonalOf, fillEvery } from "../../ops/strided.ts";
import { inverseFourthRoot } from "../../linalg/inverse_fourth_root.ts";
import type { Site } from "../../nn/linearization.ts";
import type { Model } from "../../nn/model.ts";
import { gram } from "../../ops/gemm.ts";
import { matrix } from "../../ops/matrix.ts";
import { copy, firstNonFinite } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { Replaceable } from "../optimizer.ts";
import { TwoSidedState } from "../two_sided.ts";
import type { ShampooSettings } from "./settings.ts";

/** One side of a site's W: what is summed over gradients, and its inverse fourth root. */
export interface ShampooSide {
  /** L = ε I + Σ G Gᵀ, or R = ε I + Σ Gᵀ G. */
  readonly sum: Replaceable;
  /** Its power -1/4 when roots were last made. */
  readonly root: Replaceable;
}

/** Both sides of a site. */
export interface ShampooSite {
  /** L (O, O). */
  readonly left: ShampooSide;
  /** R (D, D). */
  readonly right: ShampooSide;
}

/** State of Shampoo. */
export class ShampooState extends TwoSidedState {
  /** Sites, in the order of their parameters. */
  readonly sites: readonly ShampooSite[];
  /** Momentum M (P). */
  readonly momentum: Replaceable;

  /** Allocates everything, and begins L and R as multiples of the identity. */
  constructor(model: Model, { epsilon }: ShampooSettings) {
    super(model);
    const side = ({ name }: Site, part: string, n: number): ShampooSide => {
      const sum = this.rememberReplaceable(`${name}.${part}`, [n, n]);
      fillEvery(sum.current, diagonalOf(n), epsilon);
      return { sum, root: this.rememberReplaceable(`${name}.${part}Root`, [n, n]) };
    };
    this.sites = model.sites.map((site) => {
      const [outputs, inputs] = site.weight.shape;
      return { left: side(site, "left", outputs), right: side(site, "right", inputs) };
    });
    this.momentum = this.rememberReplaceable("momentum", [model.parameterCount]);
  }

  /** Prepares L and R with the gradient taken in; names the factor that is not finite. */
  absorb(sites: readonly Site[]): void {
    for (const [i, { name, weight, offset }] of sites.entries()) {
      const { left, right } = this.sites[i];
      const gradient = matrix(this.gradient.view(weight.shape, offset));
      for (
        const [{ sum }, rows, part] of [[left, gradient.T, "L"], [right, gradient, "R"]] as const
      ) {
        gram(rows, copy(sum.current, sum.next), { beta: 1 });
        if (firstNonFinite(sum.next) < 0) continue;
        throw new NonFiniteError("sum gradients", `site "${name}", factor ${part}`, this.step);
      }
    }
  }

  /** Prepares the roots of the prepared L and R. */
  makeRoots(epsilon: number): void {
    for (const { left, right } of this.sites) {
      for (const { sum, root } of [left, right]) inverseFourthRoot(sum.next, epsilon, root.next);
    }
  }

  /** Makes what was prepared the remembered. */
  commit(hasRoots: boolean): void {
    for (const { left, right } of this.sites) {
      for (const { sum, root } of [left, right]) {
        sum.commit();
        if (hasRoots) root.commit();
      }
    }
  }
}
