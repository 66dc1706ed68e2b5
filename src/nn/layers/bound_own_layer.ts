// A layer of a user's own with its buffers: views for each sample, and a name for what is not finite.
import { Matrix } from "../../ops/matrix.ts";
import { fill, firstNonFinite } from "../../ops/vector.ts";
import type { FloatArray } from "../../runtime/dtype.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type {
  BindContext,
  BoundLayer,
  Buffers,
  ReverseContext,
  ReverseSweep,
  SecondOrderContext,
  SecondOrderSweep,
  TangentContext,
  TangentSweep,
} from "./layer.ts";
import type { SiteValues } from "../sites/site.ts";
import type { LayerDefinition, NamedArrays, OwnCotangents, OwnPoint } from "./own_layer.ts";

/** Views of sample n of a tensor (B, …); made anew each time, because memory may have moved. */
function sampleOf(tensor: Tensor, n: number, batchSize: number): FloatArray {
  const width = tensor.size / batchSize;
  return tensor.data.subarray(n * width, (n + 1) * width);
}

/** The sweeps of a definition over a batch. */
export class BoundOwnLayer implements BoundLayer<ReverseSweep, OwnTangentSweep> {
  readonly output: Tensor;
  readonly sites: readonly SiteValues[];
  readonly #definition: LayerDefinition;
  readonly #names: readonly string[];
  readonly #input: Tensor;
  readonly #weights: readonly Tensor[];
  readonly #batchSize: number;

  /** Plans the output. */
  constructor(
    definition: LayerDefinition,
    names: readonly string[],
    output: readonly number[],
    { input, weights, buffer }: BindContext,
  ) {
    [this.#batchSize] = input.shape;
    this.#definition = definition;
    this.#names = names;
    this.#input = input;
    this.#weights = weights;
    this.output = buffer([this.#batchSize, ...output]);
    const ones = new Matrix(input, this.#batchSize, 1, 0, true);
    const rows = this.output.view([this.#batchSize, this.output.size / this.#batchSize]);
    this.sites = weights.map(() => ({ inputs: ones, outputs: rows }));
  }

  forward(): void {
    fill(this.output, 0);
    for (let n = 0; n < this.#batchSize; n++) {
      const { y, ...point } = this.#point(n);
      this.#definition.forward(point, y);
    }
    this.#checkFinite("forward()", [this.output], [this.#input, ...this.#weights]);
  }

  reverse({ outputCotangent, buffer }: ReverseContext): ReverseSweep {
    const inputCotangent = buffer(this.#input.shape);
    const siteCotangents = this.#gradients(buffer, "gradients");
    const results = [inputCotangent, ...siteCotangents];
    const run = (): void => {
      for (const result of results) fill(result, 0);
      for (let n = 0; n < this.#batchSize; n++) {
        const dy = sampleOf(outputCotangent, n, this.#batchSize);
        this.#definition.vjp(this.#point(n), dy, this.#out(inputCotangent, siteCotangents, n));
      }
      this.#checkFinite("vjp()", results, [outputCotangent]);
    };
    return { outputCotangent, inputCotangent, siteCotangents, run };
  }

  tangent(context: TangentContext): OwnTangentSweep {
    const { inputTangent, weightTangents, buffer } = context;
    const given = { inputTangent, weightTangents };
    const moves = inputTangent || weightTangents.some((weight) => weight);
    const [x, weights] = this.#orZero(context);
    if (!moves) return { ...given, x, weights, outputTangent: undefined, run: (): void => {} };
    const outputTangent = buffer(this.output.shape);
    const run = (): void => {
      fill(outputTangent, 0);
      for (let n = 0; n < this.#batchSize; n++) {
        const tangent = { x: sampleOf(x, n, this.#batchSize), parameters: this.#named(weights) };
        const dy = sampleOf(outputTangent, n, this.#batchSize);
        this.#definition.jvp(this.#point(n), tangent, dy);
      }
      this.#checkFinite("jvp()", [outputTangent], [x, ...weights]);
    };
    return { ...given, x, weights, outputTangent, run };
  }

  secondOrder(context: SecondOrderContext<ReverseSweep, OwnTangentSweep>): SecondOrderSweep {
    const { name, secondOrder } = this.#definition;
    if (!secondOrder) {
      throw new TypeError(`Cannot multiply the Hessian: layer "${name}" defines no secondOrder()`);
    }
    const { reverse: { outputCotangent }, outputCotangentTangent, buffer } = context;
    const { x, weights } = context.tangent;
    const inputCotangentTangent = buffer(this.#input.shape);
    const changes = this.#gradients(buffer, "changes");
    const results = [inputCotangentTangent, ...changes];
    const run = (): void => {
      for (const result of results) fill(result, 0);
      for (let n = 0; n < this.#batchSize; n++) {
        const [dy, change] = [outputCotangent, outputCotangentTangent].map((t) =>
          sampleOf(t, n, this.#batchSize)
        );
        const tangent = { x: sampleOf(x, n, this.#batchSize), parameters: this.#named(weights) };
        const out = this.#out(inputCotangentTangent, changes, n);
        secondOrder(this.#point(n), { dy, tangent, change }, out);
      }
      const given = [outputCotangent, outputCotangentTangent, x, ...weights];
      this.#checkFinite("secondOrder()", results, given);
    };
    const sites = changes.map((cotangents) => ({ inputs: undefined, cotangents }));
    return { inputCotangentTangent, sites, run };
  }

  #point(n: number): OwnPoint {
    return {
      x: sampleOf(this.#input, n, this.#batchSize),
      parameters: this.#named(this.#weights),
      y: sampleOf(this.output, n, this.#batchSize),
    };
  }

  #named(tensors: readonly Tensor[]): NamedArrays {
    return Object.fromEntries(this.#names.map((name, i) => [name, tensors[i].data]));
  }

  #out(x: Tensor, gradients: readonly Tensor[], n: number): OwnCotangents {
    const views = gradients.map((t, i) =>
      [this.#names[i], sampleOf(t, n, this.#batchSize)] as const
    );
    return { x: sampleOf(x, n, this.#batchSize), parameters: Object.fromEntries(views) };
  }

  /** A row for each sample and array of parameters. */
  #gradients(buffer: Buffers, path: string): Tensor[] {
    return this.#weights.map(({ size }) => buffer([this.#batchSize, size], path));
  }

  /** Tangents, zeros in the place of those that are absent. */
  #orZero({ inputTangent, weightTangents, buffer }: TangentContext): [Tensor, Tensor[]] {
    const zeros = (like: Tensor): Tensor => fill(buffer(like.shape, "zero"), 0);
    return [
      inputTangent ?? zeros(this.#input),
      this.#weights.map((weight, i) => weightTangents[i] ?? zeros(weight)),
    ];
  }

  /** Names the layer when it makes what is not finite of what is. */
  #checkFinite(what: string, results: readonly Tensor[], given: readonly Tensor[]): void {
    if (!results.some((t) => firstNonFinite(t) >= 0)) return;
    if (given.some((t) => firstNonFinite(t) >= 0)) return;
    const { name } = this.#definition;
    throw new NonFiniteError("run a layer", `layer "${name}", ${what}`);
  }
}

interface OwnTangentSweep extends TangentSweep {
  readonly x: Tensor;
  readonly weights: readonly Tensor[];
}
