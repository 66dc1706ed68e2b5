import { forEachCotangent } from "../../curvature/cotangents.ts";
import { addOuterProducts, scratchSize } from "../../curvature/segments/accumulate.ts";
import {
  parameterCountOf,
  type SegmentGroup,
  storageShape,
} from "../../curvature/segments/group.ts";
import { needOf, partition } from "../../curvature/segments/partition.ts";
import { SegmentSolver } from "../../curvature/segments/solve.ts";
import type { Linearization } from "../../nn/linearization.ts";
import type { Model } from "../../nn/model.ts";
import { axpby, firstNonFinite } from "../../ops/vector.ts";
import { NonFiniteError, OutOfMemoryError } from "../../runtime/errors.ts";
import { randomKey, STREAMS } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { OptimizerState, type Replaceable } from "../optimizer.ts";
import type { CwNgdSettings } from "./settings.ts";

/** Segments of one size with their averaged matrices. */
export interface CwNgdGroup {
  readonly group: SegmentGroup;
  /** What messages and files call it. */
  readonly name: string;
  /** Parameters in it. */
  readonly parameters: number;
  /** Σ (1 - ρ) ρ^k F, bias not corrected. */
  readonly matrices: Replaceable;
}

/** State of CW-NGD. */
export class CwNgdState extends OptimizerState {
  /** Segments, in the order of their sites. */
  readonly groups: readonly CwNgdGroup[];
  /** Momentum M (P). */
  readonly momentum: Replaceable;
  /** Working memory (P each). */
  readonly gradient: Tensor;
  readonly direction: Tensor;
  readonly solver: SegmentSolver;
  readonly #scratch: Tensor;
  #draws = 0;

  /** Cuts the parameters and allocates everything. */
  constructor(model: Model, settings: CwNgdSettings) {
    super(model);
    const { sites, parameterCount } = model;
    const groups = this.#partition(model, settings);
    this.groups = groups.map((group, i): CwNgdGroup => {
      const place = group.site === undefined ? "chunks" : sites[group.site].name;
      const name = `${place}.segments.${i - groups.findIndex(({ site }) => site === group.site)}`;
      const parameters = parameterCountOf(group);
      return { group, name, parameters, matrices: this.#matricesOf(model, group, name) };
    });
    this.momentum = this.rememberReplaceable("momentum", [parameterCount]);
    this.gradient = this.workspace([parameterCount]);
    this.direction = this.workspace([parameterCount]);
    this.#scratch = this.workspace([scratchSize(groups)]);
    this.solver = new SegmentSolver(groups, (size, dtype) => this.workspace([size], dtype));
    this.numbers.set("decayPower", 1).set("momentumPower", 1);
  }

  /** Prepares the matrices with one batch taken in; `kept` is the weight ρ of those before. */
  absorb(lin: Linearization, { fisher, seed }: CwNgdSettings, kept: number): void {
    const { sites } = lin;
    this.#draws = lin.outputCount;
    for (const { matrices: { current, next } } of this.groups) axpby(kept, current, 0, next);
    const stored = this.groups.map(({ group, matrices }) => ({ group, matrices: matrices.next }));
    const weight = (1 - kept) / lin.batchSize;
    forEachCotangent(lin, fisher, randomKey(seed, STREAMS.targets, this.#drawn), (sweep) => {
      addOuterProducts({ lin, sites, sweep }, stored, weight, this.#scratch);
    });
    for (const { name, matrices } of this.groups) {
      if (firstNonFinite(matrices.next) >= 0) {
        throw new NonFiniteError("average matrices", `"${name}"`, this.step);
      }
    }
  }

  /** Makes the prepared matrices the remembered ones. */
  commitMatrices(): void {
    for (const { matrices } of this.groups) matrices.commit();
    this.numbers.set("drawn", this.#drawn + this.#draws);
  }

  /** Counters of random numbers that sampled targets have used, or more: one for each output. */
  get #drawn(): number {
    return this.numbers.get("drawn") ?? 0;
  }

  #partition({ sites }: Model, settings: CwNgdSettings): SegmentGroup[] {
    try {
      const makeWords = (size: number): Tensor => this.workspace([size], "float64");
      return partition("start cwNgd", sites, settings, makeWords);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #matricesOf({ sites }: Model, group: SegmentGroup, name: string): Replaceable {
    try {
      return this.rememberReplaceable(name, storageShape(group));
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      throw new OutOfMemoryError(error.requestedBytes, error.liveBytes, needOf(sites, group));
    }
  }
}
