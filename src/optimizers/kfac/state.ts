import { inputMoment } from "../../curvature/kronecker_factors.ts";
import { outputGradientMoments } from "../../curvature/output_gradients.ts";
import { inputsOf } from "../../curvature/statistics/rows.ts";
import type { Batch, Linearization, Site } from "../../nn/linearization.ts";
import type { Loss } from "../../nn/losses/loss.ts";
import type { Model } from "../../nn/model.ts";
import { copy, firstNonFinite } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { InParts } from "../../runtime/parts.ts";
import { randomKey, STREAMS } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { KfacSettings } from "./settings.ts";
import type { InitContext, OptimizerState, Replaceable } from "../optimizer.ts";
import { TwoSidedState } from "../two_sided.ts";

/** One affine site of K-FAC. */
export interface KfacSite {
  /** A (D, D). */
  readonly inputFactor: Replaceable;
  /** G (O, O). */
  readonly outputFactor: Replaceable;
  /** (A + λ_A I)^-1. */
  readonly inputInverse: Replaceable;
  /** (G + λ_G I)^-1. */
  readonly outputInverse: Replaceable;
  /** float64 working memory of the order of each factor. */
  readonly inputWork: Tensor;
  readonly outputWork: Tensor;
}

function makeSite(state: OptimizerState, { name, weight: { shape } }: Site): KfacSite {
  const [outputs, inputs] = shape;
  const remember = (part: string, n: number): Replaceable =>
    state.rememberReplaceable(`${name}.${part}`, [n, n]);
  return {
    inputFactor: remember("inputFactor", inputs),
    outputFactor: remember("outputFactor", outputs),
    inputInverse: remember("inputInverse", inputs),
    outputInverse: remember("outputInverse", outputs),
    inputWork: state.workspace([inputs, inputs], "float64"),
    outputWork: state.workspace([outputs, outputs], "float64"),
  };
}

/** State of K-FAC. */
export class KfacState extends TwoSidedState {
  /** Sites with factors, in the order of their parameters. */
  readonly sites: readonly KfacSite[];
  /** Momentum M (P). */
  readonly momentum: Replaceable;
  #draws = 0;

  /** Allocates everything. */
  constructor(model: Model, { fallback }: KfacSettings) {
    super(model, fallback);
    this.sites = this.split.own(model.sites).map((site) => makeSite(this, site));
    this.momentum = this.rememberReplaceable("momentum", [model.parameterCount]);
  }

  /** Mini-batches that A and G have seen. */
  get seen(): number {
    return this.numbers.get("seen") ?? 0;
  }

  /** Prepares A, G and what the other sites have with one mini-batch taken in, by the weight of a plain average or a moving one. */
  absorb(lin: Linearization, settings: KfacSettings, weight: number): void {
    this.#draws = lin.outputCount;
    const blend = { fresh: weight, old: 1 - weight };
    const key = randomKey(settings.seed, STREAMS.targets, this.#drawn);
    for (const { inputFactor, outputFactor } of this.sites) {
      copy(inputFactor.current, inputFactor.next);
      copy(outputFactor.current, outputFactor.next);
    }
    const outputFactors = this.split.spread(this.sites.map((site) => site.outputFactor.next));
    outputGradientMoments(lin, settings.fisher, key, outputFactors, blend);
    const sites = this.split.own(lin.sites);
    for (const [i, site] of sites.entries()) {
      inputMoment(inputsOf(site), lin.batchSize, this.sites[i].inputFactor.next, blend);
    }
    for (const [i, { name }] of sites.entries()) {
      const { inputFactor, outputFactor } = this.sites[i];
      this.#checkFactor(`site "${name}", factor A`, inputFactor);
      this.#checkFactor(`site "${name}", factor G`, outputFactor);
    }
    this.split.absorb(lin, weight);
  }

  /** Counters of random numbers that sampled targets have used, or more: one for each output. */
  get #drawn(): number {
    return this.numbers.get("drawn") ?? 0;
  }

  #checkFactor(where: string, { next }: Replaceable): void {
    if (firstNonFinite(next) >= 0) throw new NonFiniteError("average factors", where, this.step);
  }

  /** Makes what `absorb` prepared the remembered. */
  commitFactors(): void {
    for (const { inputFactor, outputFactor } of this.sites) {
      inputFactor.commit();
      outputFactor.commit();
    }
    this.split.commit();
    this.numbers.set("seen", this.seen + 1).set("drawn", this.#drawn + this.#draws);
  }

  /** Makes the prepared inverses the remembered ones. */
  commitInverses(): void {
    for (const { inputInverse, outputInverse } of this.sites) {
      inputInverse.commit();
      outputInverse.commit();
    }
  }

  /** Averages A and G over mini-batches; pauses after each. */
  *warmStart(
    model: Model,
    settings: KfacSettings,
    { warmStart, loss }: InitContext,
  ): InParts<void> {
    if (!loss) throw new TypeError("Cannot warm-start kfac: the context needs a loss");
    for (const batch of warmStart ?? []) {
      this.#takeIn(model, settings, loss, batch);
      yield;
    }
  }

  #takeIn(model: Model, settings: KfacSettings, loss: Loss, batch: Batch): void {
    using lin = model.linearize(loss, batch);
    this.absorb(lin, settings, 1 / (this.seen + 1));
    this.commitFactors();
  }
}
