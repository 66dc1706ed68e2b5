import { gemm } from "../../ops/gemm.ts";
import { homogeneous, leadingColumns, type Matrix, matrix } from "../../ops/matrix.ts";
import {
  checkBoolean,
  checkFunction,
  checkOptions,
  checkString,
  checkWhole,
  namesOf,
} from "../../runtime/arguments.ts";
import { checkShape, formatShape, MAXIMUM_ELEMENTS, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Initializer, pytorchDefault } from "../sites/initializers.ts";
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
import type { SiteDescription, Tie } from "../sites/site.ts";
import { linearArrays } from "../sites/stored_array.ts";
import { BoundTiedDense, type TiedDense, tiedSites } from "./tied_dense.ts";

/** Options of `dense()`. */
export interface DenseOptions {
  /** Adds a bias to every unit. @default true */
  readonly bias?: boolean;
  /** Sets the initial weights. @default pytorchDefault() */
  readonly initializer?: Initializer;
  /** The name of a dense site whose weight this layer takes for its own; its bias it does not take. @default none */
  readonly tiedTo?: string;
  /** Takes the transpose of that weight, as the decoder of a tied autoencoder does. @default false */
  readonly transpose?: boolean;
}

const NAMES = namesOf<DenseOptions>({
  bias: true,
  initializer: true,
  tiedTo: true,
  transpose: true,
});

/** Inputs of a unit: the last axis of samples (in) or (steps, in). */
function inputWidth(input: Shape): number {
  checkShape("apply dense", input);
  const isSequence = input.length === 2 && input[0] > 0;
  const width = input.at(-1) ?? 0;
  if (width < 1 || (input.length !== 1 && !isSequence)) {
    throw new TypeError(
      `Cannot apply dense to samples of shape ${
        formatShape(input)
      }: it needs one axis, use flatten(), or (steps, in)`,
    );
  }
  return width;
}

/**
 * A fully connected layer: Z = [A | 1] Wᵀ. Sequences pass through it step by step.
 *
 * Shapes: input (B, in), output (B, units), W (units, in + 1), its last column the bias; or input (B, T, in),
 * output (B, T, units), where the site has T positions and sample n the rows n T to n T + T - 1.
 *
 * With `tiedTo` the layer applies the weight of another one, or its transpose; a bias of its own is a site
 * (units, 1). Shared weights are in θ and in files once, and their gradients are sums over the uses. They have no
 * Kronecker factors: see `Fallback`. The model is refused if there is no such site or its weight does not fit.
 *
 * @param units Output units.
 * @throws {TypeError} when `units` or an option has the wrong type, or `transpose` comes without `tiedTo`.
 * @throws {RangeError} when `units` is not whole and positive.
 *
 * @example
 * ```ts
 * import { dense, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [3] }, [dense(2)]);
 * using x = tensor([[1, 2, 3]]);
 * using y = model.predict(x);
 * assertEquals(y.shape, [1, 2]);
 *
 * using autoencoder = sequential({ input: [3] }, [
 *   dense(2),
 *   dense(3, { tiedTo: "dense_1", transpose: true }),
 * ]);
 * assertEquals(autoencoder.parameterCount, 2 * 4 + 3);
 * ```
 */
export function dense(units: number, options: DenseOptions = {}): Layer {
  const action = "make a dense layer";
  checkWhole(action, "units", units, 1, MAXIMUM_ELEMENTS);
  checkOptions(action, options, NAMES);
  const { bias = true, initializer = pytorchDefault() } = options;
  checkBoolean(action, "bias", bias);
  checkFunction(action, "initializer", initializer);
  const tie = tieOf(action, options);
  if (tie) return tiedDense({ tie, units, bias, initializer });
  return Object.freeze({
    kind: "dense",
    options: Object.freeze({ units, bias }),
    steps: "each",
    outputShape: (input: Shape): Shape => {
      inputWidth(input);
      return [...input.slice(0, -1), units];
    },
    sites: (input: Shape): SiteDescription[] => {
      const inputs = inputWidth(input) + (bias ? 1 : 0);
      const arrays = linearArrays(units, inputs, bias);
      return [{
        kind: "dense",
        lendsWeight: true,
        outputs: units,
        inputs,
        hasBias: bias,
        positions: input.length === 1 ? 1 : input[0],
        initializer,
        arrays,
      }];
    },
    bind: (context: BindContext): BoundLayer => bindDense(context, units, bias),
  });
}

function tieOf(action: string, { tiedTo, transpose = false }: DenseOptions): Tie | undefined {
  checkBoolean(action, "transpose", transpose);
  if (tiedTo !== undefined) {
    checkString(action, "tiedTo", tiedTo);
    return { site: tiedTo, isTransposed: transpose };
  }
  if (transpose) throw new TypeError(`Cannot ${action}: transpose needs tiedTo`);
  return undefined;
}

function tiedDense(layer: TiedDense): Layer {
  return Object.freeze({
    kind: "dense",
    steps: "each",
    options: Object.freeze({ units: layer.units, bias: layer.bias, ...layer.tie }),
    outputShape: (input: Shape): Shape => {
      inputWidth(input);
      return [...input.slice(0, -1), layer.units];
    },
    sites: (input: Shape): SiteDescription[] => {
      inputWidth(input);
      return tiedSites(layer, input);
    },
    bind: (context: BindContext): BoundLayer => new BoundTiedDense(context, layer),
  });
}

function bindDense(context: BindContext, units: number, bias: boolean): BoundLayer {
  const { input, buffer } = context;
  const weight = matrix(context.weights[0]);
  const inputs = bias ? homogeneous(input) : matrix(input);
  const output = buffer([...input.shape.slice(0, -1), units]);
  return {
    output,
    sites: [{ inputs, outputs: rowsOf(output) }],
    forward: (): void => void gemm(inputs, weight.T, output),
    reverse: (sweep: ReverseContext): ReverseSweep => reverseDense(sweep, weight, input),
    tangent: (sweep: TangentContext): TangentSweep =>
      tangentDense(sweep, weight, inputs, output.shape),
    secondOrder: (sweep: SecondOrderContext): SecondOrderSweep =>
      secondOrderDense(sweep, weight, input),
  };
}

/** The rows of a tensor (…, width). */
function rowsOf(tensor: Tensor): Tensor {
  const { rows, columns } = matrix(tensor);
  return tensor.view([rows, columns]);
}

function reverseDense(context: ReverseContext, weight: Matrix, input: Tensor): ReverseSweep {
  const { outputCotangent, needsInput, buffer } = context;
  const siteCotangents = [rowsOf(outputCotangent)];
  if (!needsInput) {
    return { outputCotangent, inputCotangent: undefined, siteCotangents, run: (): void => {} };
  }
  const inputCotangent = buffer(input.shape);
  const weightPart = leadingColumns(weight, matrix(input).columns);
  const run = (): void => void gemm(matrix(outputCotangent), weightPart, inputCotangent);
  return { outputCotangent, inputCotangent, siteCotangents, run };
}

function tangentDense(
  { inputTangent, weightTangents, buffer }: TangentContext,
  weight: Matrix,
  inputs: Matrix,
  shape: Shape,
): TangentSweep {
  const [weightTangent] = weightTangents;
  const given = { inputTangent, weightTangents };
  if (!weightTangent && !inputTangent) {
    return { ...given, outputTangent: undefined, run: (): void => {} };
  }
  const outputTangent = buffer(shape);
  const weightPart = leadingColumns(weight, inputs.heldColumns);
  const run = (): void => {
    if (weightTangent) gemm(inputs, matrix(weightTangent).T, outputTangent);
    if (inputTangent) {
      const beta = weightTangent ? 1 : 0;
      gemm(matrix(inputTangent), weightPart.T, outputTangent, { beta });
    }
  };
  return { ...given, outputTangent, run };
}

/** With dA = G W: its change is R{G} W + G V, and the site's quantities change by R{A} and R{G}. */
function secondOrderDense(
  context: SecondOrderContext,
  weight: Matrix,
  input: Tensor,
): SecondOrderSweep {
  const { reverse, tangent, outputCotangentTangent, needsInput, buffer } = context;
  const [weightTangent] = tangent.weightTangents;
  const { inputTangent } = tangent;
  const inputs = inputTangent && matrix(inputTangent);
  const sites = [{ inputs, cotangents: rowsOf(outputCotangentTangent) }];
  if (!needsInput) return { inputCotangentTangent: undefined, sites, run: (): void => {} };
  const inputCotangentTangent = buffer(input.shape);
  const width = matrix(input).columns;
  const run = (): void => {
    gemm(matrix(outputCotangentTangent), leadingColumns(weight, width), inputCotangentTangent);
    if (!weightTangent) return;
    const tangentPart = leadingColumns(matrix(weightTangent), width);
    gemm(matrix(reverse.outputCotangent), tangentPart, inputCotangentTangent, { beta: 1 });
  };
  return { inputCotangentTangent, sites, run };
}
