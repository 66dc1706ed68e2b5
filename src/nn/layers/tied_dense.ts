// A fully connected layer that takes its weight from another: Z = A M + b, where M is the other's weight
// without its bias (O, I) when it is transposed, A (B, O), or else that weight's transpose, A (B, I).
import { gemm } from "../../ops/gemm.ts";
import { leadingColumns, Matrix, matrix } from "../../ops/matrix.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Initializer } from "../sites/initializers.ts";
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
import type { SiteDescription, SiteValues, Tie } from "../sites/site.ts";

/** What a tied layer is made of. */
export interface TiedDense {
  /** Whose weight it takes, and how. */
  readonly tie: Tie;
  /** Output units. */
  readonly units: number;
  /** Adds a bias of its own. */
  readonly bias: boolean;
  /** Sets the initial bias. */
  readonly initializer: Initializer;
}

/** The use of the other site, and the bias as a site of its own, W (units, 1) applied to ones. */
export function tiedSites(
  { tie, units, bias, initializer }: TiedDense,
  input: Shape,
): SiteDescription[] {
  const width = input[input.length - 1];
  const common = { kind: "dense", positions: input.length === 1 ? 1 : input[0] };
  const [outputs, inputs] = tie.isTransposed ? [width, units] : [units, width];
  const use = { ...common, tie, outputs, inputs, hasBias: false, initializer, arrays: [] };
  if (!bias) return [use];
  return [use, {
    ...common,
    outputs: units,
    inputs: 1,
    hasBias: true,
    initializer: (context) => initializer({ ...context, fanIn: width }),
    arrays: [{ name: "bias", shape: [units], column: () => 0 }],
  }];
}

/** A layer whose weights are that of the other site and its own bias. */
export class BoundTiedDense implements BoundLayer {
  readonly output: Tensor;
  readonly sites: readonly SiteValues[];
  readonly #input: Tensor;
  readonly #weights: readonly (Tensor | undefined)[];
  readonly #width: number;
  readonly #ones: Matrix;
  readonly #layer: TiedDense;

  /** Plans its output. */
  constructor({ input, weights, buffer }: BindContext, layer: TiedDense) {
    this.#input = input;
    this.#weights = weights;
    this.#layer = layer;
    this.#width = matrix(input).columns;
    this.#ones = new Matrix(input, matrix(input).rows, 1, 0, true);
    this.output = buffer([...input.shape.slice(0, -1), layer.units]);
    const outputs = this.#rows(this.output);
    const use = { inputs: matrix(input), outputs };
    this.sites = layer.bias ? [use, { inputs: this.#ones, outputs }] : [use];
  }

  forward(): void {
    this.#apply(this.#input, this.#weights, this.output, 0);
  }

  reverse({ outputCotangent, needsInput, buffer }: ReverseContext): ReverseSweep {
    const siteCotangents = this.sites.map(() => this.#rows(outputCotangent));
    const inputCotangent = needsInput ? buffer(this.#input.shape) : undefined;
    const run = (): void => {
      if (inputCotangent) this.#pull(outputCotangent, this.#weights, inputCotangent, 0);
    };
    return { outputCotangent, inputCotangent, siteCotangents, run };
  }

  tangent({ inputTangent, weightTangents, buffer }: TangentContext): TangentSweep {
    const given = { inputTangent, weightTangents };
    const moves = inputTangent || weightTangents.some((weight) => weight);
    if (!moves) return { ...given, outputTangent: undefined, run: (): void => {} };
    const outputTangent = buffer(this.output.shape);
    const [weight] = this.#weights;
    const run = (): void => {
      outputTangent.data.fill(0);
      this.#apply(this.#input, weightTangents, outputTangent, 1);
      if (inputTangent) this.#apply(inputTangent, [weight], outputTangent, 1);
    };
    return { ...given, outputTangent, run };
  }

  secondOrder(context: SecondOrderContext): SecondOrderSweep {
    const { reverse, tangent, outputCotangentTangent, needsInput, buffer } = context;
    const { inputTangent, weightTangents } = tangent;
    const cotangents = this.#rows(outputCotangentTangent);
    const sites = this.sites.map((_, i) => ({
      inputs: i === 0 && inputTangent ? matrix(inputTangent) : undefined,
      cotangents,
    }));
    const inputCotangentTangent = needsInput ? buffer(this.#input.shape) : undefined;
    const run = (): void => {
      if (!inputCotangentTangent) return;
      this.#pull(outputCotangentTangent, this.#weights, inputCotangentTangent, 0);
      this.#pull(reverse.outputCotangent, weightTangents, inputCotangentTangent, 1);
    };
    return { inputCotangentTangent, sites, run };
  }

  /** A tensor like the output, a row for each position. */
  #rows(tensor: Tensor): Tensor {
    return tensor.view([this.#ones.rows, this.#layer.units]);
  }

  /** M of the other site's W, or of its tangent. */
  #map(weight: Tensor): Matrix {
    const { tie: { isTransposed }, units } = this.#layer;
    if (isTransposed) return leadingColumns(matrix(weight), units);
    return leadingColumns(matrix(weight), this.#width).T;
  }

  /** out = a M + b + beta out; what is absent counts as zero. */
  #apply(
    a: Tensor,
    [weight, bias]: readonly (Tensor | undefined)[],
    out: Tensor,
    beta: number,
  ): void {
    if (weight) gemm(matrix(a), this.#map(weight), out, { beta });
    if (bias) gemm(this.#ones, matrix(bias).T, out, { beta: 1 });
  }

  /** out = cotangent Mᵀ + beta out. */
  #pull(
    cotangent: Tensor,
    [weight]: readonly (Tensor | undefined)[],
    out: Tensor,
    beta: number,
  ): void {
    if (weight) gemm(matrix(cotangent), this.#map(weight).T, out, { beta });
  }
}
