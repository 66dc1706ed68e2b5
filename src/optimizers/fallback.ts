// What methods with Kronecker factors or segments do at sites that have none: scales and shifts, weights that several layers share,
// layers of one's own.
//
//   "diagonal"   d = v / (s F + λ),   F = mean_n g_n ⊙ g_n, averaged over steps as the method averages its factors
//   "gradient"   d = v
//
// g_n is the gradient of sample n's own loss, a sum over all uses of the site. F is the diagonal of the empirical Fisher
// block, so it has the units of the method's other blocks: damping λ and learning rate are the method's own.
//
// A site that is used once costs a pull of each sample's cotangents; where one of them is shared, the gradients of all
// parameters are made sample by sample.
//
// Source: diagonal Fisher blocks of scales and shifts, as kfac-jax has them (DeepMind 2022, `ScaleAndShiftDiagonal`).
// Ours: the same at shared weights and at layers of one's own; the batch's own targets, whatever makes the factors; the
// learning rate, damping and share s of the method as they are.
import { siteSquaredGradients } from "../curvature/statistics/squared_gradients.ts";
import type { Linearization } from "../nn/linearization.ts";
import type { Site } from "../nn/sites/site_layout.ts";
import { axpby, copy, dot, fill, firstNonFinite } from "../ops/vector.ts";
import { checkName } from "../runtime/arguments.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { kernels } from "../runtime/instance.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { OptimizerState, Replaceable } from "./optimizer.ts";
import { siteBySite } from "./preconditioned_step.ts";

/**
 * What a method with Kronecker factors does at sites without: "diagonal" divides by the damped diagonal of the
 * empirical Fisher matrix, "gradient" goes along the gradient, "refuse" refuses the model by the name of the site.
 */
export type Fallback = "diagonal" | "gradient" | "refuse";

/** Refuses what is no fallback. */
export function checkFallback(optimizer: string, fallback: unknown): void {
  checkName(`use ${optimizer}`, "fallback", fallback, "diagonal", "gradient", "refuse");
}

/** What v is divided by: share F + damping. */
export interface Divisor {
  /** λ, or what it is at a site with this F. */
  readonly damping: number | ((diagonal: Tensor) => number);
  /** The weight of F. @default 1 */
  readonly share?: number;
  /** Whether F is the one that was prepared in this step. @default true */
  readonly isPrepared?: boolean;
}

/** The sites of a model, those that a method preconditions by itself apart from the others. */
export class SplitSites {
  readonly #state: OptimizerState;
  readonly #sites: readonly Site[];
  /** Place of each site among those that the method preconditions; -1 for the others. */
  readonly #places: readonly number[];
  /** F (O, D) of the others, by number, where it is used. */
  readonly #diagonals: ReadonlyMap<number, Replaceable>;
  /** Working memory of the largest of the others. */
  readonly #divisor: Tensor | undefined;

  /**
   * Allocates what the others need.
   *
   * @param isOwn True for a site that the method preconditions by itself.
   */
  constructor(
    state: OptimizerState,
    sites: readonly Site[],
    fallback: Fallback,
    isOwn: (site: Site, i: number) => boolean,
  ) {
    this.#state = state;
    this.#sites = sites;
    let own = 0;
    this.#places = sites.map((site, i) => isOwn(site, i) ? own++ : -1);
    const others = fallback === "diagonal" ? sites.filter((_, i) => this.#places[i] < 0) : [];
    this.#diagonals = new Map(others.map((site) => {
      const diagonal = state.rememberReplaceable(`${site.name}.diagonal`, site.weight.shape);
      return [sites.indexOf(site), diagonal];
    }));
    if (others.length === 0) return;
    this.#divisor = state.workspace([Math.max(...others.map(({ weight }) => weight.size))]);
  }

  /** True for the number of a site that the method preconditions by itself. */
  isOwn(i: number): boolean {
    return this.#places[i] >= 0;
  }

  /** Of what is listed by site, that of sites which the method preconditions by itself. */
  own<T>(listed: readonly T[]): T[] {
    return listed.filter((_, i) => this.#places[i] >= 0);
  }

  /** What is listed by the method's own sites, at the places of all. */
  spread<T>(own: readonly T[]): (T | undefined)[] {
    return this.#places.map((place) => place < 0 ? undefined : own[place]);
  }

  /** Prepares F = weight times that of the batch + (1 - weight) F. */
  absorb(lin: Linearization, weight: number): void {
    if (this.#diagonals.size === 0) return;
    for (const { current, next } of this.#diagonals.values()) copy(current, next);
    const outs = [...this.#diagonals].map(([i, { next }]) => [i, next] as const);
    siteSquaredGradients(lin, new Map(outs), { fresh: weight, old: 1 - weight });
    for (const [i, next] of outs) {
      if (firstNonFinite(next) < 0) continue;
      const where = `site "${this.#sites[i].name}", squared gradients`;
      throw new NonFiniteError("average curvature", where, this.#state.step);
    }
  }

  /**
   * Fills `out` (P), which may be the vector itself, at each site by what the method does there or by the fallback.
   *
   * @param apply Makes the block of the method's own site k, with the shape of its W.
   */
  apply(
    vector: Tensor,
    out: Tensor,
    divisor: Divisor,
    apply: (k: number, block: Tensor, out: Tensor) => void,
  ): Tensor {
    return siteBySite(this.#sites, vector, out, (i, block, direction) => {
      const place = this.#places[i];
      if (place >= 0) apply(place, block, direction);
      else this.#fallBack(i, block, direction, divisor);
    });
  }

  /** The same at the others alone, for methods that do theirs all at once. */
  applyToOthers(vector: Tensor, out: Tensor, divisor: Divisor): Tensor {
    return this.apply(vector, out, divisor, () => {});
  }

  #fallBack(
    i: number,
    block: Tensor,
    direction: Tensor,
    { damping, share = 1, isPrepared = true }: Divisor,
  ): void {
    const diagonal = this.#diagonals.get(i);
    if (!diagonal || !this.#divisor) return void copy(block, direction);
    const curvature = isPrepared ? diagonal.next : diagonal.current;
    const divisor = this.#divisor.view(block.shape);
    fill(divisor, typeof damping === "number" ? damping : damping(curvature));
    axpby(share, curvature, 1, divisor);
    const { size, dtype } = block;
    kernels(dtype).divide(size, block.pointer, divisor.pointer, direction.pointer);
  }

  /** dᵀ F d over the others, F as prepared; zero where the fallback knows no curvature. */
  curvatureAlong(direction: Tensor): number {
    let sum = 0;
    for (const [i, { next }] of this.#diagonals) {
      const { weight: { shape }, offset } = this.#sites[i];
      const block = direction.view(shape, offset), { size, dtype, pointer } = block;
      const curved = this.#divisor!.view(shape);
      kernels(dtype).multiply(size, next.pointer, pointer, curved.pointer);
      sum += dot(block, curved);
    }
    return sum;
  }

  /** Makes the prepared F the remembered one. */
  commit(): void {
    for (const diagonal of this.#diagonals.values()) diagonal.commit();
  }
}
