// The sweeps of batch normalization, those of layer normalization but that statistics are those of columns: in training of
// the batch, which couples its samples; in prediction the running ones, and P is a factor r for each channel:
//
//   R{y} = γ P R{x} + R{γ} x̂ + R{β},  dx = P (γ dy),  and dx changes by P (R{γ} dy + γ R{dy}) + R{P} (γ dy)
import {
  bendColumns,
  type ColumnStatistics,
  normalizeColumns,
  normalizeColumnsBy,
  type NormalizedColumns,
  projectColumns,
} from "../../ops/batch_norm.ts";
import { scaleRows } from "../../ops/normalization.ts";
import { scaleColumns } from "../../ops/row_products.ts";
import { homogeneous, matrix } from "../../ops/matrix.ts";
import { axpby, copy } from "../../ops/vector.ts";
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

/** Settings, defaults filled in. */
export interface BatchNormSettings {
  readonly epsilon: number;
  readonly momentum: number;
}

/** A tangent sweep with the change of x̂. */
export interface PushedColumns extends TangentSweep {
  /** P R{x}; absent where the input does not move. */
  readonly pushed: Tensor | undefined;
}

/** The layer bound to a batch size. */
export class BoundBatchNorm implements BoundLayer<ReverseSweep, PushedColumns> {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly #context: BindContext;
  readonly #settings: BatchNormSettings;
  readonly #weight: Tensor;
  readonly #normalized: NormalizedColumns;
  readonly #batch: ColumnStatistics;
  /** Whether the last forward pass was one of training. */
  #isCoupled = false;

  /** Plans the forward buffers. */
  constructor(context: BindContext, settings: BatchNormSettings) {
    const { input, weights: [weight], buffer } = context;
    const [channels] = weight.shape;
    this.#context = context;
    this.#settings = settings;
    this.#weight = weight;
    this.output = buffer(input.shape);
    const rows = buffer([input.size / channels, channels], "normalized");
    this.#normalized = { rows, inverse: buffer([channels], "inverse") };
    this.#batch = { mean: buffer([channels], "mean"), variance: buffer([channels], "variance") };
    this.sites = [{ inputs: homogeneous(rows), outputs: this.output.view(rows.shape) }];
  }

  forward(): void {
    const { input, state: [mean, variance], isTraining } = this.#context;
    const { epsilon } = this.#settings, normalized = this.#normalized;
    this.#isCoupled = isTraining();
    if (this.#isCoupled) normalizeColumns(input, epsilon, normalized, this.#batch);
    else {
      const running = { mean: mean.value, variance: variance.value };
      normalizeColumnsBy(running, input, epsilon, normalized);
    }
    scaleRows(this.#weight, normalized.rows, this.output, { shifts: true });
  }

  prepareState(): void {
    const { state: [mean, variance, count] } = this.#context;
    const { momentum } = this.#settings;
    const [rows] = this.#normalized.rows.shape;
    axpby(momentum, this.#batch.mean, 1 - momentum, copy(mean.value, mean.next));
    const unbiased = momentum * rows / (rows - 1);
    axpby(unbiased, this.#batch.variance, 1 - momentum, copy(variance.value, variance.next));
    count.next.data[0] = count.value.data[0] + 1;
  }

  reverse({ outputCotangent, needsInput, buffer }: ReverseContext): ReverseSweep {
    const siteCotangents = [outputCotangent.view(this.#normalized.rows.shape)];
    const inputCotangent = needsInput ? buffer(this.output.shape) : undefined;
    const run = (): void => {
      if (!inputCotangent) return;
      scaleRows(this.#weight, outputCotangent, inputCotangent);
      this.#project(inputCotangent, inputCotangent);
    };
    return { outputCotangent, inputCotangent, siteCotangents, run };
  }

  tangent({ inputTangent, weightTangents, buffer }: TangentContext): PushedColumns {
    const [moved] = weightTangents;
    const given = { inputTangent, weightTangents };
    const pushed = inputTangent && buffer(this.#normalized.rows.shape, "pushed");
    const outputTangent = inputTangent || moved ? buffer(this.output.shape) : undefined;
    const run = (): void => {
      if (!outputTangent) return;
      if (inputTangent && pushed) {
        this.#project(inputTangent, pushed);
        scaleRows(this.#weight, pushed, outputTangent);
      }
      if (!moved) return;
      scaleRows(moved, this.#normalized.rows, outputTangent, { shifts: true, adds: !!pushed });
    };
    return { ...given, pushed, outputTangent, run };
  }

  secondOrder(context: SecondOrderContext<ReverseSweep, PushedColumns>): SecondOrderSweep {
    const { outputCotangentTangent, needsInput, buffer } = context;
    const { outputCotangent } = context.reverse;
    const { inputTangent, weightTangents: [moved], pushed } = context.tangent;
    const sites = [{
      inputs: pushed && matrix(pushed),
      cotangents: outputCotangentTangent.view(this.#normalized.rows.shape),
    }];
    if (!needsInput) return { inputCotangentTangent: undefined, sites, run: (): void => {} };
    const inputCotangentTangent = buffer(this.output.shape);
    const scaled = buffer(this.output.shape, "scaled");
    const run = (): void => {
      scaleRows(this.#weight, outputCotangentTangent, inputCotangentTangent);
      if (moved) scaleRows(moved, outputCotangent, inputCotangentTangent, { adds: true });
      this.#project(inputCotangentTangent, inputCotangentTangent);
      if (!inputTangent || !pushed || !this.#isCoupled) return;
      scaleRows(this.#weight, outputCotangent, scaled);
      bendColumns(this.#normalized, inputTangent, pushed, scaled, inputCotangentTangent);
    };
    return { inputCotangentTangent, sites, run };
  }

  /** out = P c; out may be c. */
  #project(c: Tensor, out: Tensor): void {
    if (this.#isCoupled) projectColumns(this.#normalized, c, out);
    else scaleColumns(c, this.#normalized.inverse, out);
  }
}
