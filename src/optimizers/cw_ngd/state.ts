import { forEachCotangent } from "../../curvature/cotangents.ts";
import { checkKroneckerSites, whyNoFactors } from "../../curvature/kronecker_factors.ts";
import {
  isInLanes,
  parameterCountOf,
  type SegmentGroup,
  storageShape,
} from "../../curvature/segments/group.ts";
import { allocateFor, partition } from "../../curvature/segments/partition.ts";
import { type SegmentDamping, SegmentSolver } from "../../curvature/segments/solve.ts";
import type { StoredGroup } from "../../curvature/segments/stored.ts";
import { addOuterProducts, scratchSize } from "../../curvature/statistics/segments/accumulate.ts";
import type { Linearization, Site } from "../../nn/linearization.ts";
import type { Model } from "../../nn/model.ts";
import { axpby, fill, firstNonFinite } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { randomKey, STREAMS } from "../../tensor/random.ts";
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { SplitSites } from "../fallback.ts";
import { OptimizerState, type Replaceable } from "../optimizer.ts";
import type { CwNgdSettings } from "./settings.ts";

/** Segments of one size with their averaged matrices. */
export interface CwNgdGroup {
  readonly group: SegmentGroup;
  /** What messages and files call it. */
  readonly name: string;
  /** Parameters in it. */
  readonly parameters: number;
  /** Σ (1 - ρ) ρ^k F, bias not corrected; undefined where a step leaves nothing of them. */
  readonly matrices: Replaceable | undefined;
}

/** True where every step has matrices of its own batch alone. */
function forgets({ decay, refreshInterval }: CwNgdSettings): boolean {
  return decay === 0 && refreshInterval === 1;
}

/** State of CW-NGD. */
export class CwNgdState extends OptimizerState {
  /** Sites with segments, and those without. */
  readonly split: SplitSites;
  /** Segments, in the order of their sites. */
  readonly groups: readonly CwNgdGroup[];
  /** Momentum M (P). */
  readonly momentum: Replaceable;
  /** Working memory (P each). */
  readonly gradient: Tensor;
  readonly direction: Tensor;
  readonly #solver: SegmentSolver;
  readonly #scratch: Tensor;
  #ofStep = new Scope();
  #stored: readonly (StoredGroup & { readonly parameters: number })[] = [];
  #draws = 0;

  /** Cuts the parameters and allocates everything. */
  constructor(model: Model, settings: CwNgdSettings) {
    super(model);
    const { sites, parameterCount } = model, { fallback } = settings;
    const isCutAnyway = settings.chunks !== "none";
    try {
      if (fallback === "refuse" && !isCutAnyway) checkKroneckerSites("start cwNgd", sites);
      const isOwn = (site: Site): boolean => isCutAnyway || !whyNoFactors(site);
      this.split = new SplitSites(this, sites, fallback, isOwn);
      const groups = this.#partition(model, settings);
      this.groups = groups.map((group, i): CwNgdGroup => {
        const place = group.site === undefined ? "chunks" : sites[group.site].name;
        const name = `${place}.segments.${i - groups.findIndex(({ site }) => site === group.site)}`;
        const parameters = parameterCountOf(group);
        const isKept = isInLanes(group) || !forgets(settings);
        const matrices = isKept ? this.#matricesOf(model, group, name) : undefined;
        return { group, name, parameters, matrices };
      });
      this.momentum = this.rememberReplaceable("momentum", [parameterCount]);
      this.gradient = this.workspace([parameterCount]);
      this.direction = this.workspace([parameterCount]);
      this.#scratch = this.workspace([scratchSize(groups)]);
      this.#solver = new SegmentSolver(groups, (size, dtype) => this.workspace([size], dtype));
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.numbers.set("decayPower", 1).set("momentumPower", 1);
  }

  /** Prepares the matrices with one batch taken in, where there is one; `kept` is the weight ρ of those before. */
  prepare(lin: Linearization | undefined, settings: CwNgdSettings, kept: number): void {
    this.release();
    try {
      this.#stored = this.groups.map((entry) => this.#storedOf(entry, lin, settings));
      if (lin) this.#absorb(lin, settings, kept);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** The direction of a vector (P); returns how many segments needed another attempt. */
  solve(
    vector: Tensor,
    damping: SegmentDamping<StoredGroup & { readonly parameters: number }>,
  ): number {
    return this.#solver.solve(this.#stored, vector, this.direction, damping);
  }

  /** Makes the prepared matrices the remembered ones. */
  commitMatrices(): void {
    for (const { matrices } of this.groups) matrices?.commit();
    this.split.commit();
    this.numbers.set("drawn", this.#drawn + this.#draws);
  }

  /** Gives back what was of one step alone. */
  release(): void {
    this.#stored = [];
    this.#ofStep.dispose();
    this.#ofStep = new Scope();
  }

  override dispose(): void {
    this.#ofStep.dispose();
    super.dispose();
  }

  #absorb(lin: Linearization, { fisher, seed }: CwNgdSettings, kept: number): void {
    const { sites } = lin;
    this.#draws = lin.outputCount;
    for (const { matrices } of this.groups) {
      if (matrices) axpby(kept, matrices.current, 0, matrices.next);
    }
    const weight = (1 - kept) / lin.batchSize;
    forEachCotangent(lin, fisher, randomKey(seed, STREAMS.targets, this.#drawn), (sweep) => {
      addOuterProducts({ lin, sites, sweep }, this.#stored, weight, this.#scratch);
    });
    for (const [i, entry] of this.#stored.entries()) {
      const values = "samples" in entry ? entry.samples : entry.matrices;
      if (firstNonFinite(values) < 0) continue;
      throw new NonFiniteError("average matrices", `"${this.groups[i].name}"`, this.step);
    }
    this.split.absorb(lin, 1 - kept);
  }

  /** Where a group's matrices are in this step. */
  #storedOf(
    { group, parameters, matrices }: CwNgdGroup,
    lin: Linearization | undefined,
    { fisher }: CwNgdSettings,
  ): StoredGroup & { readonly parameters: number } {
    if (matrices) return { group, parameters, matrices: lin ? matrices.next : matrices.current };
    const divisor = lin?.batchSize ?? 0;
    const count = divisor * (lin && fisher === "exact" ? lin.output.size / divisor : 1);
    const make = (...args: ConstructorParameters<typeof Tensor>): Tensor =>
      this.#ofStep.own(new Tensor(...args));
    if (group.size > count) {
      const samples = make("float64", [count, group.count * group.size]);
      return { group, parameters, samples, divisor };
    }
    return { group, parameters, matrices: fill(make(this.gradient.dtype, storageShape(group)), 0) };
  }

  /** Counters of random numbers that sampled targets have used, or more: one for each output. */
  get #drawn(): number {
    return this.numbers.get("drawn") ?? 0;
  }

  #partition({ sites }: Model, settings: CwNgdSettings): SegmentGroup[] {
    const makeWords = (size: number): Tensor => this.workspace([size], "float64");
    const groups = partition("start cwNgd", sites, settings, makeWords);
    return groups.filter(({ site }) => site === undefined || this.split.isOwn(site));
  }

  #matricesOf({ sites }: Model, group: SegmentGroup, name: string): Replaceable {
    return allocateFor(sites, group, () => this.rememberReplaceable(name, storageShape(group)));
  }
}
