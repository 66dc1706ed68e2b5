import { checkDenseSites, sitesBelowChain } from "../../curvature/dense_chain.ts";
import type { Model } from "../../nn/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { SplitSites } from "../fallback.ts";
import { OptimizerState, type Replaceable } from "../optimizer.ts";
import type { EaCgSettings, EaCurvatureOptions } from "./settings.ts";

/** What the methods on EA-CG's curvature keep; nothing is remembered without momentum. */
export class EaCurvatureState extends OptimizerState {
  /** Sites below the chain of those that have an H̄. */
  readonly first: number;
  /** The sites of the chain, and those below it. */
  readonly split: SplitSites;
  /** H̄ (O, O) of every site of the chain, anew in each step. */
  readonly hessians: readonly Tensor[];
  /** Momentum M (P), where there is one. */
  readonly momentum: Replaceable | undefined;
  /** The gradient, then the direction in its place (P). */
  readonly gradient: Tensor;

  /** Allocates everything; refuses a model with sites that have neither an H̄ nor a fallback. */
  constructor(
    model: Model,
    { momentum, fallback }: Required<EaCurvatureOptions>,
    optimizer: string,
  ) {
    super(model);
    const action = `start ${optimizer}`;
    try {
      if (fallback === "refuse") checkDenseSites(action, model.sites);
      const first = this.first = sitesBelowChain(action, model);
      this.split = new SplitSites(this, model.sites, fallback, (_, i) => i >= first);
      const chain = this.split.own(model.sites);
      this.hessians = chain.map(({ weight: { shape: [n] } }) => this.workspace([n, n]));
      const shape = [model.parameterCount];
      this.momentum = momentum === "none" ? undefined : this.rememberReplaceable("momentum", shape);
      this.gradient = this.workspace(shape);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Elements of the longest row, and rows of the highest, of the W of the chain's sites. */
  protected largest(model: Model, axis: 0 | 1): number {
    return Math.max(0, ...this.split.own(model.sites).map(({ weight: { shape } }) => shape[axis]));
  }
}

/** State of EA-CG. */
export class EaCgState extends EaCurvatureState {
  /** The mean input of every site, the 1 of a bias at its end (D). */
  readonly means: readonly Tensor[];
  /** The input of a bias: 1. */
  readonly one: Tensor;
  /** Working memory of solves in 1 + n numbers. */
  readonly unit: Tensor;
  readonly u: Tensor;
  readonly v: Tensor;
  /** The same of direct solves, float64. */
  readonly factor: Tensor;
  readonly precise: Tensor;
  /** What an adaptive α needs: the gradient (P) and the parameters before the step (P). */
  readonly trial: { readonly slope: Tensor; readonly parametersBefore: Tensor } | undefined;

  /** Allocates everything. */
  constructor(model: Model, settings: EaCgSettings) {
    super(model, settings, "eaCg");
    try {
      const { form, adaptation } = settings;
      const [rows, columns] = [this.largest(model, 0), this.largest(model, 1)];
      this.means = this.split.own(model.sites).map(({ weight: { shape: [, d] } }) =>
        this.workspace([d])
      );
      this.one = this.workspace([1]);
      this.one.data[0] = 1;
      this.unit = this.workspace([columns]);
      this.u = this.workspace([rows]);
      this.v = this.workspace([rows]);
      this.factor = this.workspace([form === "direct" ? rows * rows : 0], "float64");
      this.precise = this.workspace([form === "direct" ? rows : 0], "float64");
      if (adaptation === "none") return;
      const shape = [model.parameterCount];
      this.trial = { slope: this.workspace(shape), parametersBefore: this.workspace(shape) };
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * α that the last step decided on, where it adapts.
   *
   * @throws {RangeError} when what was remembered gives none.
   */
  get alpha(): number | undefined {
    const damping = this.numbers.get("damping");
    if (damping === undefined) return undefined;
    const alpha = damping / (1 + damping);
    if (alpha > 0 && alpha < 1) return alpha;
    throw new RangeError(
      `Cannot take a step: state "damping" must be positive and give an α below 1, not ${damping}`,
    );
  }

  /** Remembers λ = α / (1 - α). */
  setDamping(damping: number): void {
    this.numbers.set("damping", damping);
  }
}
