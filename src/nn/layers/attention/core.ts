// Scaled dot-product attention, the layer without parameters between two projections: rows [q | k | v] of every step to
// one of values, (B, T, 3 E) to (B, T, E). In each head, with s = 1 / √d and elementwise products of squares,
//
//   Y = P V, P = softmax(s Q Kᵀ)
//   dV = Pᵀ dY, dQ = s dZ K, dK = s dZᵀ Q, dZ = Π(dY Vᵀ)                  Π(C) = P (C - rowsum(P C))
//   R{Y} = R{P} V + P R{V}, R{P} = s Π(R{Q} Kᵀ + Q R{K}ᵀ)
//
// and the second order is the derivative of the second line.
import {
  headProduct,
  headRows,
  type HeadSizes,
  headSoftmax,
  projectSoftmax,
  squares,
  transposed,
} from "../../../ops/attention.ts";
import type { PlainRecord } from "../../../runtime/plain_data.ts";
import type { Shape } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
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
} from "../layer.ts";

/** What the core is made of. */
export interface AttentionCore extends PlainRecord {
  /** Heads, which attend side by side. */
  readonly heads: number;
  /** No step sees a later one. */
  readonly causal: boolean;
}

/** The layer. */
export function attentionCore(core: AttentionCore): Layer {
  return Object.freeze({
    kind: "attention",
    options: core,
    steps: "each",
    outputShape: ([steps, width]: Shape): Shape => [steps, width / 3],
    sites: () => [],
    bind: (context: BindContext): BoundLayer => new BoundAttention(context, core),
  });
}

/** Queries, keys and values of rows [q | k | v]. */
function partsOf(rows: Tensor) {
  const features = rows.shape[2] / 3;
  return { q: headRows(rows), k: headRows(rows, features), v: headRows(rows, 2 * features) };
}

interface AttentionPush extends TangentSweep {
  /** R{P}. */
  readonly pushed: Tensor | undefined;
}

class BoundAttention implements BoundLayer {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"] = [];
  readonly #input: Tensor;
  readonly #sizes: HeadSizes;
  readonly #softmax: Tensor;
  readonly #scale: number;
  readonly #isCausal: boolean;
  readonly #lengthOf: BindContext["lengthOf"];

  constructor({ input, buffer, lengthOf }: BindContext, { heads, causal }: AttentionCore) {
    const [samples, steps, three] = input.shape, features = three / 3, width = features / heads;
    this.#input = input;
    this.#sizes = { samples, heads, steps, width, lengths: buffer([samples], "lengths") };
    this.#softmax = buffer([samples, heads, steps, steps], "softmax");
    this.#scale = 1 / Math.sqrt(width);
    this.#isCausal = causal;
    this.#lengthOf = lengthOf;
    this.output = buffer([samples, steps, features]);
  }

  forward(): void {
    const { lengths: { data }, steps } = this.#sizes;
    // In JavaScript: one number for each sample.
    for (let n = 0; n < data.length; n++) data[n] = this.#lengthOf(n) ?? steps;
    const { q, k, v } = partsOf(this.#input), p = squares(this.#softmax);
    headProduct(this.#sizes, q, transposed(k), p, { alpha: this.#scale });
    headSoftmax(this.#sizes, this.#softmax, this.#isCausal);
    headProduct(this.#sizes, p, v, headRows(this.output));
  }

  reverse({ outputCotangent, needsInput, buffer }: ReverseContext): ReverseSweep {
    const inputCotangent = needsInput ? buffer(this.#input.shape) : undefined;
    const projected = buffer(this.#softmax.shape, "projected");
    const run = (): void => {
      if (inputCotangent) this.#pull(outputCotangent, projected, inputCotangent);
    };
    return { outputCotangent, inputCotangent, siteCotangents: [], run };
  }

  tangent({ inputTangent, weightTangents, buffer }: TangentContext): AttentionPush {
    const given = { inputTangent, weightTangents };
    if (!inputTangent) {
      return { ...given, pushed: undefined, outputTangent: undefined, run: (): void => {} };
    }
    const pushed = buffer(this.#softmax.shape, "pushed");
    const outputTangent = buffer(this.output.shape);
    const run = (): void => {
      const { q, k, v } = partsOf(this.#input), moved = partsOf(inputTangent);
      const p = squares(this.#softmax), change = squares(pushed), y = headRows(outputTangent);
      const alpha = this.#scale;
      headProduct(this.#sizes, moved.q, transposed(k), change, { alpha });
      headProduct(this.#sizes, q, transposed(moved.k), change, { alpha, beta: 1 });
      projectSoftmax(this.#sizes, this.#softmax, pushed);
      headProduct(this.#sizes, change, v, y);
      headProduct(this.#sizes, p, moved.v, y, { beta: 1 });
    };
    return { ...given, pushed, outputTangent, run };
  }

  secondOrder(context: SecondOrderContext): SecondOrderSweep {
    const { reverse, outputCotangentTangent, needsInput, buffer } = context;
    const { inputTangent, pushed } = context.tangent as AttentionPush;
    const inputCotangentTangent = needsInput ? buffer(this.#input.shape) : undefined;
    const projected = buffer(this.#softmax.shape, "projected");
    const bent = buffer(this.#softmax.shape, "bent");
    const run = (): void => {
      if (!inputCotangentTangent) return;
      if (!inputTangent || !pushed) {
        this.#pull(outputCotangentTangent, projected, inputCotangentTangent);
        return;
      }
      const { q, k, v } = partsOf(this.#input), moved = partsOf(inputTangent);
      const out = partsOf(inputCotangentTangent), alpha = this.#scale;
      const [p, change, dz, bend] = [this.#softmax, pushed, projected, bent].map(squares);
      const [g, e] = [reverse.outputCotangent, outputCotangentTangent].map((t) => headRows(t));
      headProduct(this.#sizes, g, transposed(v), dz);
      headProduct(this.#sizes, e, transposed(v), bend);
      headProduct(this.#sizes, g, transposed(moved.v), bend, { beta: 1 });
      const changes = { softmax: pushed, projected: bent };
      projectSoftmax(this.#sizes, this.#softmax, projected, changes);
      headProduct(this.#sizes, bend, k, out.q, { alpha });
      headProduct(this.#sizes, dz, moved.k, out.q, { alpha, beta: 1 });
      headProduct(this.#sizes, transposed(bend), q, out.k, { alpha });
      headProduct(this.#sizes, transposed(dz), moved.q, out.k, { alpha, beta: 1 });
      headProduct(this.#sizes, transposed(change), g, out.v);
      headProduct(this.#sizes, transposed(p), e, out.v, { beta: 1 });
    };
    return { inputCotangentTangent, sites: [], run };
  }

  /** out = the pull of a cotangent of the output. */
  #pull(cotangent: Tensor, projected: Tensor, out: Tensor): void {
    const { q, k, v } = partsOf(this.#input), to = partsOf(out), alpha = this.#scale;
    const g = headRows(cotangent), p = squares(this.#softmax), dz = squares(projected);
    headProduct(this.#sizes, g, transposed(v), dz);
    projectSoftmax(this.#sizes, this.#softmax, projected);
    headProduct(this.#sizes, dz, k, to.q, { alpha });
    headProduct(this.#sizes, transposed(dz), q, to.k, { alpha });
    headProduct(this.#sizes, transposed(p), g, to.v);
  }
}
