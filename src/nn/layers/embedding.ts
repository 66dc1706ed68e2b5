// Rows of W by indices: Z_r = W_{i_r}. Linear in W, so nothing of it bends; indices have no tangents and no cotangents.
import { matrix } from "../../ops/matrix.ts";
import { lookUp } from "../../ops/lookup.ts";
import { checkFunction, checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { normal } from "../../tensor/random.ts";
import { checkShape, MAXIMUM_ELEMENTS, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { initialize, type Initializer } from "../sites/initializers.ts";
import type { SiteDescription } from "../sites/site.ts";
import { lookupForm } from "../sites/site_form.ts";
import type { BindContext, BoundLayer, Layer } from "./layer.ts";

/** Options of `embedding()`. */
export interface EmbeddingOptions {
  /** An index whose row begins as zeros and is not trained. @default none */
  readonly paddingIndex?: number;
  /** Sets the initial rows. @default standard normal ones */
  readonly initializer?: Initializer;
}

const NAMES = namesOf<EmbeddingOptions>({ paddingIndex: true, initializer: true });

const standardNormal: Initializer = ({ weight, key }) => {
  using drawn = normal(key, weight.shape, { dtype: weight.dtype });
  weight.data.set(drawn.data);
};

/**
 * Turns class indices, as of words, into rows of a table: y = W_i.
 *
 * It comes first: the inputs of its model are the indices, numbers of the model's dtype. Whatever is no whole number from 0
 * to count - 1 is refused, by its sample and place, before anything runs; at the padding of sequences with lengths
 * anything finite may stand.
 *
 * Its table W (count, features) is a site of the form "lookup", which files keep as PyTorch does, "weight". Gradients are
 * sums over the rows of the batch in their order; no one-hot matrix is in memory. It has no Kronecker factors: SGD, Adam
 * and every method that works with products train it, K-FAC and K-BFGS refuse it. `dense(count, { tiedTo })` may
 * take the table for the weight of an output layer.
 *
 * The row of `paddingIndex` takes no gradient from here: it counts as a constant in every derivative, and is what files
 * say it is.
 *
 * Shapes: input (B), (B, T) or (B, …), output (B, features), (B, T, features) or (B, …, features).
 *
 * @param count Classes.
 * @param features Elements of each row.
 * @throws {TypeError} when an argument or option has the wrong type.
 * @throws {RangeError} when `count` or `features` is not whole and positive, or `paddingIndex` no index.
 *
 * Source: torch.nn.Embedding.
 *
 * @example
 * ```ts
 * import { dense, embedding, flatten, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2] }, [embedding(10, 3), flatten(), dense(4)]);
 * using words = tensor([[7, 1], [0, 9]]);
 * using y = model.predict(words);
 * assertEquals(y.shape, [2, 4]);
 * assertEquals(model.sites[0].weight.shape, [10, 3]);
 * ```
 */
export function embedding(count: number, features: number, options: EmbeddingOptions = {}): Layer {
  const action = "make an embedding";
  checkWhole(action, "count", count, 1, MAXIMUM_ELEMENTS);
  checkWhole(action, "features", features, 1, MAXIMUM_ELEMENTS);
  checkOptions(action, options, NAMES);
  const { paddingIndex, initializer = standardNormal } = options;
  if (paddingIndex !== undefined) checkWhole(action, "paddingIndex", paddingIndex, 0, count - 1);
  checkFunction(action, "initializer", initializer);
  const form = lookupForm(paddingIndex);
  const started: Initializer = (context) => {
    initialize(initializer, context);
    if (paddingIndex === undefined) return;
    context.weight.data.fill(0, paddingIndex * features, (paddingIndex + 1) * features);
  };
  return Object.freeze({
    kind: "embedding",
    options: Object.freeze({ count, features, paddingIndex }),
    steps: "each",
    indexCount: count,
    outputShape: (input: Shape): Shape => {
      checkShape("apply embedding", input);
      return [...input, features];
    },
    sites: (input: Shape): SiteDescription[] => {
      checkShape("apply embedding", input);
      return [{
        kind: "embedding",
        form,
        lendsWeight: true,
        outputs: count,
        inputs: features,
        hasBias: false,
        positions: sizeOf(input),
        initializer: started,
        arrays: [{ name: "weight", shape: [count, features], column: (index) => index }],
      }];
    },
    bind: (context: BindContext): BoundLayer => bindEmbedding(context, paddingIndex),
  });
}

function bindEmbedding(
  { input, weights: [weight], buffer }: BindContext,
  paddingIndex: number | undefined,
): BoundLayer {
  const shape = [...input.shape, weight.shape[1]];
  const indices = input.view([input.size, 1]);
  const rowsOf = (t: Tensor): Tensor => t.view([input.size, weight.shape[1]]);
  const output = buffer(shape);
  return {
    output,
    sites: [{ inputs: matrix(indices), outputs: rowsOf(output) }],
    forward: (): void => lookUp(weight, indices, output),
    reverse: ({ outputCotangent }) => ({
      outputCotangent,
      inputCotangent: undefined,
      siteCotangents: [rowsOf(outputCotangent)],
      run: (): void => {},
    }),
    tangent: ({ inputTangent, weightTangents, buffer }) => {
      const [moved] = weightTangents;
      const outputTangent = moved && buffer(shape);
      const run = (): void => {
        if (moved && outputTangent) lookUp(moved, indices, outputTangent, paddingIndex);
      };
      return { inputTangent, weightTangents, outputTangent, run };
    },
    secondOrder: ({ outputCotangentTangent }) => ({
      inputCotangentTangent: undefined,
      sites: [{ inputs: undefined, cotangents: rowsOf(outputCotangentTangent) }],
      run: (): void => {},
    }),
  };
}
