import { inputMoment } from "../../curvature/kronecker_factors.ts";
import { inputsOf, visitInputRows } from "../../curvature/statistics/rows.ts";
import { dampedInverse } from "../../linalg/damped_inverse.ts";
import type { AffineSite, Site } from "../../nn/linearization.ts";
import { fill, firstNonFinite } from "../../ops/vector.ts";
import type { Model } from "../../nn/model.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { InParts } from "../../runtime/parts.ts";
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type KBfgsSettings, traitsOf } from "./settings.ts";
import { type KBfgsSite, makeKBfgsSite } from "./site.ts";
import type { InitContext, Replaceable } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { TwoSidedState } from "../two_sided.ts";

/** λ_A and λ_G of a site. */
export function splitDamping(
  damping: number,
  { positions }: Site,
): { input: number; output: number } {
  return { input: Math.sqrt(damping * positions), output: Math.sqrt(damping / positions) };
}

/** State of K-BFGS. */
export class KBfgsState extends TwoSidedState {
  /** Sites with factors, in the order of their parameters. */
  readonly sites: readonly KBfgsSite[];
  /** Momentum M (P). */
  readonly momentum: Replaceable;
  /** Working memory: the parameters before the step (P). */
  readonly parametersBefore: Tensor;

  /** Allocates everything. */
  constructor(model: Model, settings: KBfgsSettings) {
    super(model, settings.fallback);
    const { memory } = settings, { keepsFactor } = traitsOf(settings);
    this.sites = this.split.own(model.sites).map((site) =>
      makeKBfgsSite(this, site, { memory, keepsFactor })
    );
    this.momentum = this.rememberReplaceable("momentum", [model.parameterCount]);
    this.parametersBefore = this.workspace([model.parameterCount]);
  }

  /** True once H_a is set. */
  get hasInputInverses(): boolean {
    return this.numbers.has("hasInputInverses");
  }

  /** H_a = (A + λ_A I)^-1 for factors A of the sites that have one, the only dense inversion of a run. */
  setInputInverses(sites: readonly Site[], factors: readonly Tensor[], damping: number): void {
    for (const [i, site] of this.sites.entries()) {
      const { matrix } = site.inputInverse;
      if (firstNonFinite(factors[i]) >= 0) {
        throw new NonFiniteError("start kBfgs", `site "${sites[i].name}", factor A`);
      }
      using work = new Tensor("float64", matrix.shape);
      dampedInverse(factors[i], splitDamping(damping, sites[i]).input, matrix, work);
      site.inputFactor?.data.set(factors[i].data);
    }
    this.numbers.set("hasInputInverses", 1);
  }

  /** A from one mini-batch, for a start without a warm one; a start that fails did not happen. */
  startFromBatch(sites: readonly AffineSite[], batchSize: number, damping: number): void {
    using scope = new Scope();
    const factors = sites.map((site) => {
      const inputs = inputsOf(site);
      const factor = scope.own(new Tensor(site.weight.dtype, [inputs.columns, inputs.columns]));
      return inputMoment(inputs, batchSize, factor, { fresh: 1, old: 0 });
    });
    try {
      this.setInputInverses(sites, factors, damping);
    } catch (error) {
      this.forgetInputInverses();
      throw error;
    }
  }

  /** Takes the start back when the step that made it fails. */
  forgetInputInverses(): void {
    for (const { inputInverse, inputFactor } of this.sites) {
      fill(inputInverse.matrix, 0);
      if (inputFactor) fill(inputFactor, 0);
    }
    this.numbers.delete("hasInputInverses");
  }

  /** Sets A, averaged over mini-batches, and H_a; pauses after each. */
  *warmStart(
    model: Model,
    settings: KBfgsSettings,
    { warmStart: batches = [] }: InitContext,
  ): InParts<void> {
    using scope = new Scope();
    const sites = this.split.own(model.sites);
    const factors = sites.map(({ weight: { shape: [, inputs] } }) =>
      scope.own(new Tensor(model.dtype, [inputs, inputs]))
    );
    let count = 0;
    for (const { input, lengths, isTraining } of batches) {
      visitInputRows(model, input, (inputs) => {
        const blend = { fresh: 1 / (count + 1), old: count / (count + 1) };
        for (const [i, rows] of this.split.own(inputs).entries()) {
          inputMoment(rows, input.shape[0], factors[i], blend);
        }
      }, { lengths, isTraining });
      count++;
      yield;
    }
    if (count === 0) return;
    const { damping } = valuesAt("kBfgs", settings, traitsOf(settings).domains, 0);
    this.setInputInverses(sites, factors, damping);
  }
}
