// The sweeps of every normalization: x̂ from the input by some statistics, then y = γ x̂ + β for each feature. The
// derivative P of x̂ is symmetric, so that
//
//   R{y} = γ P R{x} + R{γ} x̂ + R{β},  dx = P (γ dy),  dγ = Σ dy x̂,  dβ = Σ dy
//
// and dx changes by P (R{γ} dy + γ R{dy}) + R{P} (γ dy).
import { homogeneous, matrix } from "../../ops/matrix.ts";
import { scaleRows } from "../../ops/normalization.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type {
  BindContext,
  BoundLayer,
  ReverseContext,
  ReverseSweep,
  SecondOrderContext,
  SecondOrderSweep,
  TangentContext,
  TangentSweep,
} from "./layer.ts";

/** How a bound layer's input becomes x̂, and the derivatives of that. */
export interface Statistics {
  /** x̂ (rows, features). */
  readonly rows: Tensor;
  /** Fills x̂ from the input. */
  forward(): void;
  /** out = P c; out may be c. */
  project(c: Tensor, out: Tensor): void;
  /** Whether P changes when the input does, as the last forward pass was. */
  isBent(): boolean;
  /** out += the change of P along a tangent of the input, times c; `pushed` is P times the tangent. */
  bend(tangent: Tensor, pushed: Tensor, c: Tensor, out: Tensor): void;
  /** Writes what the layer keeps after a step, as that of `BoundLayer`. */
  prepareState?(): void;
}

/** A tangent sweep with the change of x̂. */
export interface PushedRows extends TangentSweep {
  /** P R{x}; absent where the input does not move. */
  readonly pushed: Tensor | undefined;
}

/** The layer bound to a batch size. */
export class BoundNormalization implements BoundLayer<ReverseSweep, PushedRows> {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly #weight: Tensor;
  readonly #shifts: boolean;
  readonly #statistics: Statistics;

  /** Plans the forward buffers; γ has β beside it where rows are shifted. */
  constructor(
    context: BindContext,
    shifts: boolean,
    statisticsOf: (context: BindContext) => Statistics,
  ) {
    const { input, weights: [weight], buffer } = context;
    this.#weight = weight;
    this.#shifts = shifts;
    this.output = buffer(input.shape);
    this.#statistics = statisticsOf(context);
    const { rows } = this.#statistics;
    const inputs = shifts ? homogeneous(rows) : matrix(rows);
    this.sites = [{ inputs, outputs: this.output.view(rows.shape) }];
  }

  forward(): void {
    this.#statistics.forward();
    scaleRows(this.#weight, this.#statistics.rows, this.output, { shifts: this.#shifts });
  }

  prepareState(): void {
    this.#statistics.prepareState?.();
  }

  reverse({ outputCotangent, needsInput, buffer }: ReverseContext): ReverseSweep {
    const siteCotangents = [outputCotangent.view(this.#statistics.rows.shape)];
    const inputCotangent = needsInput ? buffer(this.output.shape) : undefined;
    const run = (): void => {
      if (!inputCotangent) return;
      scaleRows(this.#weight, outputCotangent, inputCotangent);
      this.#statistics.project(inputCotangent, inputCotangent);
    };
    return { outputCotangent, inputCotangent, siteCotangents, run };
  }

  tangent({ inputTangent, weightTangents, buffer }: TangentContext): PushedRows {
    const [moved] = weightTangents, { rows } = this.#statistics;
    const given = { inputTangent, weightTangents };
    const pushed = inputTangent && buffer(rows.shape, "pushed");
    const outputTangent = inputTangent || moved ? buffer(this.output.shape) : undefined;
    const run = (): void => {
      if (!outputTangent) return;
      if (inputTangent && pushed) {
        this.#statistics.project(inputTangent, pushed);
        scaleRows(this.#weight, pushed, outputTangent);
      }
      if (moved) scaleRows(moved, rows, outputTangent, { shifts: this.#shifts, adds: !!pushed });
    };
    return { ...given, pushed, outputTangent, run };
  }

  secondOrder(context: SecondOrderContext<ReverseSweep, PushedRows>): SecondOrderSweep {
    const { outputCotangentTangent, needsInput, buffer } = context;
    const { outputCotangent } = context.reverse;
    const { inputTangent, weightTangents: [moved], pushed } = context.tangent;
    const statistics = this.#statistics;
    const sites = [{
      inputs: pushed && matrix(pushed),
      cotangents: outputCotangentTangent.view(statistics.rows.shape),
    }];
    if (!needsInput) return { inputCotangentTangent: undefined, sites, run: (): void => {} };
    const inputCotangentTangent = buffer(this.output.shape);
    const scaled = buffer(this.output.shape, "scaled");
    const run = (): void => {
      scaleRows(this.#weight, outputCotangentTangent, inputCotangentTangent);
      if (moved) scaleRows(moved, outputCotangent, inputCotangentTangent, { adds: true });
      statistics.project(inputCotangentTangent, inputCotangentTangent);
      if (!inputTangent || !pushed || !statistics.isBent()) return;
      scaleRows(this.#weight, outputCotangent, scaled);
      statistics.bend(inputTangent, pushed, scaled, inputCotangentTangent);
    };
    return { inputCotangentTangent, sites, run };
  }
}
