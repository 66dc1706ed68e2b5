// Layer normalization: x̂ = (x - mean) r over the last axis, r = 1 / √(variance + ε), then y = γ x̂ + β.
//
// The derivative of x̂, P c = r (c - mean(c) - x̂ mean(x̂ c)), is symmetric, so that
//   R{y} = γ P R{x} + R{γ} x̂ + R{β},  dx = P (γ dy),  dγ = Σ dy x̂,  dβ = Σ dy
// and dx changes by P (R{γ} dy + γ R{dy}) + R{P} (γ dy).
import { fill } from "../../ops/vector.ts";
import { fillEvery } from "../../ops/strided.ts";
import {
  bendRows,
  type NormalizedRows,
  normalizeRows,
  projectRows,
  scaleRows,
} from "../../ops/layer_norm.ts";
import { homogeneous, matrix } from "../../ops/matrix.ts";
import { checkNumber, checkOptions, namesOf } from "../../runtime/arguments.ts";
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

/** Options of `layerNorm()`. */
export interface LayerNormOptions {
  /** Added to the variance. @default 1e-5 */
  readonly epsilon?: number;
}

const NAMES = namesOf<LayerNormOptions>({ epsilon: true });

/** γ = 1, β = 0. */
const unitScale: Initializer = ({ weight }) => {
  fillEvery(fill(weight, 0), { first: 0, step: 2, count: weight.size / 2 }, 1);
};

function featuresOf(input: Shape): number {
  checkShape("apply layerNorm", input);
  const features = input.at(-1) ?? 0;
  if (sizeOf(input) === 0 || features < 1) {
    throw new TypeError(
      `Cannot apply layerNorm to samples of shape ${formatShape(input)}: it needs a last axis`,
    );
  }
  return features;
}

/**
 * Normalizes the last axis to mean 0 and variance 1, then scales and shifts each feature: y = γ x̂ + β.
 *
 * Its parameters are a site of the form "scale": W (features, 2) with rows [γ | β], initially [1 | 0], which
 * files keep as PyTorch does, "weight" and "bias". It has no Kronecker factors: methods that need some step
 * it by a `Fallback`.
 *
 * Shapes: input and output (B, …, features). Cost: some 20 flops an element. Sums are in float64.
 *
 * The model is refused if samples have no axis or no elements.
 *
 * @throws {TypeError} when the options are not an object, or `epsilon` is not a number.
 * @throws {RangeError} when `epsilon` is not positive and finite.
 *
 * Source: Ba, Kiros & Hinton 2016, eqs. (3) and (4), with ε as in torch.nn.LayerNorm.
 *
 * @example
 * ```ts
 * import { dense, layerNorm, sequential, tensor } from "curvature";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2], dtype: "float64" }, [layerNorm()]);
 * using x = tensor([[1, 3]], { dtype: "float64" });
 * using y = model.predict(x);
 * assertAlmostEquals(y.data[1], 1, 1e-5);
 * assertEquals(model.sites[0].form.name, "scale");
 * ```
 */
export function layerNorm(options: LayerNormOptions = {}): Layer {
  checkOptions("make layerNorm", options, NAMES);
  const { epsilon = 1e-5 } = options;
  checkNumber("make layerNorm", "epsilon", epsilon, "positive");
  return Object.freeze({
    kind: "layerNorm",
    steps: "each",
    options: Object.freeze({ epsilon }),
    outputShape: (input: Shape): Shape => {
      featuresOf(input);
      return input;
    },
    sites: (input: Shape): SiteDescription[] => {
      const features = featuresOf(input);
      const array = (name: string, column: number) => ({
        name,
        shape: [features],
        column: () => column,
      });
      return [{
        kind: "layerNorm",
        form: SCALE,
        outputs: features,
        inputs: 2,
        hasBias: true,
        positions: sizeOf(input) / features,
        initializer: unitScale,
        arrays: [array("weight", 0), array("bias", 1)],
      }];
    },
    bind: (context: BindContext): BoundLayer => new BoundLayerNorm(context, epsilon),
  });
}

class BoundLayerNorm implements BoundLayer {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly #input: Tensor;
  readonly #weight: Tensor;
  readonly #normalized: NormalizedRows;
  readonly #epsilon: number;

  constructor({ input, weights: [weight], buffer }: BindContext, epsilon: number) {
    const [features] = weight.shape;
    this.#input = input;
    this.#weight = weight;
    this.#epsilon = epsilon;
    this.output = buffer(input.shape);
    const count = input.size / features;
    const rows = buffer([count, features], "normalized");
    this.#normalized = { rows, inverse: buffer([count], "inverse") };
    this.sites = [{ inputs: homogeneous(rows), outputs: this.output.view(rows.shape) }];
  }

  forward(): void {
    normalizeRows(this.#input, this.#epsilon, this.#normalized);
    scaleRows(this.#weight, this.#normalized.rows, this.output, { shifts: true });
  }

  reverse({ outputCotangent, needsInput, buffer }: ReverseContext): ReverseSweep {
    const siteCotangents = [outputCotangent.view(this.#normalized.rows.shape)];
    const inputCotangent = needsInput ? buffer(this.#input.shape) : undefined;
    const run = (): void => {
      if (!inputCotangent) return;
      scaleRows(this.#weight, outputCotangent, inputCotangent);
      projectRows(this.#normalized, inputCotangent, inputCotangent);
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
        projectRows(this.#normalized, inputTangent, pushed);
        scaleRows(this.#weight, pushed, outputTangent);
      }
      if (!moved) return;
      scaleRows(moved, this.#normalized.rows, outputTangent, { shifts: true, adds: !!pushed });
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
      projectRows(this.#normalized, inputCotangentTangent, inputCotangentTangent);
      if (!inputTangent || !pushed) return;
      scaleRows(this.#weight, outputCotangent, scaled);
      bendRows(this.#normalized, inputTangent, pushed, scaled, inputCotangentTangent);
    };
    return { inputCotangentTangent, sites, run };
  }
}

interface PushedRows extends TangentSweep {
  /** P R{x}, the change of x̂. */
  readonly pushed: Tensor | undefined;
}
