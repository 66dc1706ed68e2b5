// Normalization: x̂ = (x - mean) r over groups of elements, r = 1 / √(variance + ε), then y = γ x̂ + β for each feature.
// What layers of this kind differ in is what a group is, and whether there are a mean and a β.
//
// The derivative of x̂, P c = r (c - mean(c) - x̂ mean(x̂ c)), is symmetric, so that
//   R{y} = γ P R{x} + R{γ} x̂ + R{β},  dx = P (γ dy),  dγ = Σ dy x̂,  dβ = Σ dy
// and dx changes by P (R{γ} dy + γ R{dy}) + R{P} (γ dy).
import { fill } from "../../ops/vector.ts";
import { columnOf, fillEvery } from "../../ops/strided.ts";
import { homogeneous, matrix } from "../../ops/matrix.ts";
import {
  bend,
  type Groups,
  normalize,
  type Normalized,
  project,
  scaleRows,
} from "../../ops/normalization.ts";
import type { DType } from "../../runtime/dtype.ts";
import type { PlainRecord } from "../../runtime/plain_data.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Initializer } from "../sites/initializers.ts";
import type {
  BindContext,
  BoundLayer,
  Layer,
  ReverseContext,
  ReverseSweep,
  SecondOrderContext,
  SecondOrderSweep,
  TangentContext,
  TangentSweep,
} from "./layer.ts";
import type { SiteDescription } from "../sites/site.ts";
import { SCALE } from "../sites/site_form.ts";

/** What a layer of this kind is made of. */
export interface Normalization {
  /** What messages call it. */
  readonly kind: string;
  /** Its settings. */
  readonly options: PlainRecord;
  /** "each" where no group has elements of several time steps. */
  readonly steps?: Layer["steps"];
  /** Has a β. */
  readonly shifts: boolean;
  /** What is added to the variance. */
  readonly epsilonIn: (dtype: DType) => number;
  /** What is normalized together in samples of a shape with a last axis; throws when the shape does not suit. */
  readonly groupsOf: (input: Shape) => Groups;
}

/** γ = 1, β = 0. */
const unitScale: Initializer = ({ weight }) => {
  const [rows, columns] = weight.shape;
  fillEvery(fill(weight, 0), columnOf(rows, columns, 0), 1);
};

/** Makes the layer. */
export function normalization(made: Normalization): Layer {
  const { kind, options, steps, shifts } = made;
  const featuresOf = (input: Shape): number => {
    checkShape(`apply ${kind}`, input);
    const features = input.at(-1) ?? 0;
    if (sizeOf(input) === 0 || features < 1) {
      throw new TypeError(
        `Cannot apply ${kind} to samples of shape ${formatShape(input)}: it needs a last axis`,
      );
    }
    made.groupsOf(input);
    return features;
  };
  return Object.freeze({
    kind,
    steps,
    options: Object.freeze(options),
    outputShape: (input: Shape): Shape => {
      featuresOf(input);
      return input;
    },
    sites: (input: Shape): SiteDescription[] => {
      const features = featuresOf(input);
      const names = shifts ? ["weight", "bias"] : ["weight"];
      return [{
        kind,
        form: SCALE,
        outputs: features,
        inputs: names.length,
        hasBias: shifts,
        positions: sizeOf(input) / features,
        initializer: unitScale,
        arrays: names.map((name, column) => ({ name, shape: [features], column: () => column })),
      }];
    },
    bind: (context: BindContext): BoundLayer => new BoundNormalization(context, made),
  });
}

class BoundNormalization implements BoundLayer {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly #input: Tensor;
  readonly #weight: Tensor;
  readonly #normalized: Normalized;
  readonly #epsilon: number;
  readonly #shifts: boolean;

  constructor({ input, weights: [weight], dtype, buffer }: BindContext, made: Normalization) {
    const [features] = weight.shape;
    const groups = made.groupsOf(input.shape.slice(1));
    this.#input = input;
    this.#weight = weight;
    this.#epsilon = made.epsilonIn(dtype);
    this.#shifts = made.shifts;
    this.output = buffer(input.shape);
    const count = input.size / features;
    const rows = buffer([count, features], "normalized");
    const inverse = buffer([count / groups.positions * groups.groups], "inverse");
    this.#normalized = { ...groups, rows, inverse };
    const inputs = made.shifts ? homogeneous(rows) : matrix(rows);
    this.sites = [{ inputs, outputs: this.output.view(rows.shape) }];
  }

  forward(): void {
    normalize(this.#input, this.#epsilon, this.#normalized);
    scaleRows(this.#weight, this.#normalized.rows, this.output, { shifts: this.#shifts });
  }

  reverse({ outputCotangent, needsInput, buffer }: ReverseContext): ReverseSweep {
    const siteCotangents = [outputCotangent.view(this.#normalized.rows.shape)];
    const inputCotangent = needsInput ? buffer(this.#input.shape) : undefined;
    const run = (): void => {
      if (!inputCotangent) return;
      scaleRows(this.#weight, outputCotangent, inputCotangent);
      project(this.#normalized, inputCotangent, inputCotangent);
    };
    return { outputCotangent, inputCotangent, siteCotangents, run };
  }

  tangent({ inputTangent, weightTangents, buffer }: TangentContext): PushedRows {
    const [moved] = weightTangents;
    const given = { inputTangent, weightTangents };
    const pushed = inputTangent && buffer(this.#normalized.rows.shape, "pushed");
    const outputTangent = inputTangent || moved ? buffer(this.output.shape) : undefined;
    const run = (): void => {
      if (!outputTangent) return;
      if (inputTangent && pushed) {
        project(this.#normalized, inputTangent, pushed);
        scaleRows(this.#weight, pushed, outputTangent);
      }
      if (!moved) return;
      const terms = { shifts: this.#shifts, adds: !!pushed };
      scaleRows(moved, this.#normalized.rows, outputTangent, terms);
    };
    return { ...given, pushed, outputTangent, run };
  }

  secondOrder(context: SecondOrderContext): SecondOrderSweep {
    const { outputCotangentTangent, needsInput, buffer } = context;
    const { outputCotangent } = context.reverse;
    const { inputTangent, weightTangents: [moved], pushed } = context.tangent as PushedRows;
    const sites = [{
      inputs: pushed && matrix(pushed),
      cotangents: outputCotangentTangent.view(this.#normalized.rows.shape),
    }];
    if (!needsInput) return { inputCotangentTangent: undefined, sites, run: (): void => {} };
    const inputCotangentTangent = buffer(this.#input.shape);
    const scaled = buffer(this.#input.shape, "scaled");
    const run = (): void => {
      scaleRows(this.#weight, outputCotangentTangent, inputCotangentTangent);
      if (moved) scaleRows(moved, outputCotangent, inputCotangentTangent, { adds: true });
      project(this.#normalized, inputCotangentTangent, inputCotangentTangent);
      if (!inputTangent || !pushed) return;
      scaleRows(this.#weight, outputCotangent, scaled);
      bend(this.#normalized, inputTangent, pushed, scaled, inputCotangentTangent);
    };
    return { inputCotangentTangent, sites, run };
  }
}

interface PushedRows extends TangentSweep {
  /** P R{x}, the change of x̂. */
  readonly pushed: Tensor | undefined;
}
