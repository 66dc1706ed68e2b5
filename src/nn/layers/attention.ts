import {
  checkBoolean,
  checkFunction,
  checkOptions,
  checkWhole,
  namesOf,
} from "../../runtime/arguments.ts";
import { columnOf, fillEvery } from "../../ops/strided.ts";
import { checkShape, formatShape, MAXIMUM_ELEMENTS, type Shape } from "../../tensor/shape.ts";
import { glorotUniform, type Initializer, pytorchDefault } from "../sites/initializers.ts";
import type { SiteDescription } from "../sites/site.ts";
import { attentionCore } from "./attention/core.ts";
import { chain } from "./chain.ts";
import { dense } from "./dense.ts";
import type { BindContext, BoundLayer, Layer } from "./layer.ts";

/** Options of `multiHeadAttention()`. */
export interface MultiHeadAttentionOptions {
  /** Heads; the features of a step are parted evenly among them. */
  readonly heads: number;
  /** Lets no step see a later one. @default false */
  readonly causal?: boolean;
  /** Adds biases to both projections. @default true */
  readonly bias?: boolean;
  /** Sets the initial weights of both projections. @default those of torch.nn.MultiheadAttention */
  readonly initializer?: Initializer;
}

const NAMES = namesOf<MultiHeadAttentionOptions>({
  heads: true,
  causal: true,
  bias: true,
  initializer: true,
});

/** Names of the arrays of both projections. */
const ARRAYS = [["in_proj_weight", "in_proj_bias"], ["out_proj.weight", "out_proj.bias"]];

/** Uniform in ±1/√fanIn, biases 0. */
const outputDefault: Initializer = (context) => {
  pytorchDefault()(context);
  if (!context.hasBias) return;
  const { weight } = context, [rows, columns] = weight.shape;
  fillEvery(weight, columnOf(rows, columns, columns - 1), 0);
};

/**
 * Multi-head self-attention: every step of a sequence asks all steps, and takes a mean of their values, weighted by how well
 * its query and their keys agree, softmax(Q Kᵀ / √d) V in each head; then all heads are projected together.
 *
 * It has two sites, as any dense layer at each step has one: the input projection, W (3 E, E + 1) with the rows of queries,
 * keys and values one below the other, and the output projection, W (E, E + 1). Files keep them as
 * torch.nn.MultiheadAttention does, "in_proj_weight", "in_proj_bias", "out_proj.weight" and "out_proj.bias". All methods train
 * them but those whose recursion goes down layer by layer, EA-CG and KFI, which refuse them by name.
 *
 * Of sequences with lengths no valid step sees padding. Without `causal` the steps are a set: their order is only in what
 * comes before, as an embedding of positions.
 *
 * Shapes: input and output (B, T, E), T steps of E features, heads of d = E / heads. Memory: B heads T² for the attention, as
 * much again for products with the Jacobian. Cost: 4 B T E (2 E + T) flops forward. Sums of softmax are in float64.
 *
 * The model is refused if samples are not (T, E), or heads do not part E evenly.
 *
 * @throws {TypeError} when the options are not an object, or one of them has the wrong type.
 * @throws {RangeError} when `heads` is not whole and positive.
 *
 * Source: Vaswani et al. 2017, section 3.2; initial values of torch.nn.MultiheadAttention: the input projection by Glorot
 * & Bengio 2010, eq. (16), as one matrix, the other uniform in ±1/√E, biases 0.
 *
 * @example
 * ```ts
 * import { adam, dense, embedding, layerNorm, multiHeadAttention, relu, residual, sequential } from "curvature";
 * import { softmaxCrossEntropy, tensor } from "curvature";
 * import { assert, assertEquals } from "@std/assert";
 *
 * // A transformer block that learns to say each word once more, one step late.
 * using model = sequential({ input: [5], seed: 1 }, [
 *   embedding(4, 8),
 *   residual([layerNorm(), multiHeadAttention({ heads: 2, causal: true })]),
 *   residual([layerNorm(), dense(16), relu(), dense(8)]),
 *   dense(4),
 * ]);
 * using input = tensor([[0, 1, 2, 3, 0], [3, 1, 0, 2, 2]]);
 * using target = tensor([[0, 0, 1, 2, 3], [3, 3, 1, 0, 2]]);
 * const optimizer = adam({ learningRate: 0.02 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
 * const { loss: first } = optimizer.step(state, problem);
 * let last = first;
 * for (let i = 0; i < 50; i++) last = optimizer.step(state, problem).loss;
 * assert(last < first / 2);
 * assertEquals(model.sites[2].arrays[0].name, "1.branch.1.in_proj_weight");
 * ```
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): Layer {
  const action = "make multiHeadAttention";
  checkOptions(action, options, NAMES);
  const { heads, causal = false, bias = true, initializer } = options;
  checkWhole(action, "heads", heads, 1, MAXIMUM_ELEMENTS);
  checkBoolean(action, "causal", causal);
  checkBoolean(action, "bias", bias);
  if (initializer !== undefined) checkFunction(action, "initializer", initializer);
  const [first, last] = [initializer ?? glorotUniform(), initializer ?? outputDefault];
  const core = attentionCore({ heads, causal });
  const partsFor = (input: Shape): Layer => {
    const features = featuresOf(input, heads);
    return chain([
      dense(3 * features, { bias, initializer: first }),
      core,
      dense(features, { bias, initializer: last }),
    ]);
  };
  return Object.freeze({
    kind: "multiHeadAttention",
    options: Object.freeze({ heads, causal, bias }),
    steps: "each",
    outputShape: (input: Shape): Shape => partsFor(input).outputShape(input),
    sites: (input: Shape): SiteDescription[] =>
      partsFor(input).sites(input).map((site, i) => ({
        ...site,
        kind: "multiHeadAttention",
        lendsWeight: false,
        arrays: site.arrays.map((array, j) => ({ ...array, name: ARRAYS[i][j] })),
      })),
    bind: (context: BindContext): BoundLayer =>
      partsFor(context.input.shape.slice(1)).bind(context),
  });
}

function featuresOf(input: Shape, heads: number): number {
  checkShape("apply multiHeadAttention", input);
  const [steps, features] = input;
  const samples = `samples of shape ${formatShape(input)}`;
  if (input.length !== 2 || steps < 1 || features < 1) {
    throw new TypeError(
      `Cannot apply multiHeadAttention to ${samples}: it needs (steps, features)`,
    );
  }
  if (features % heads !== 0) {
    throw new TypeError(
      `Cannot apply multiHeadAttention to ${samples}: ${heads} heads do not part ${features} ` +
        "features evenly",
    );
  }
  return features;
}
