import { gemm } from "../ops/gemm.ts";
import { homogeneous, leadingColumns, type Matrix, matrix } from "../ops/matrix.ts";
import { checkBoolean, checkFunction, checkOptions, checkWhole } from "../runtime/arguments.ts";
import { checkShape, formatShape, MAXIMUM_ELEMENTS, type Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Initializer, pytorchDefault } from "./initializers.ts";
import type {
  BindContext,
  BoundLayer,
  Layer,
  ReverseContext,
  ReverseSweep,
  SecondOrderContext,
  SecondOrderSweep,
  SiteDescription,
  TangentContext,
  TangentSweep,
} from "./layer.ts";
import { linearArrays } from "./stored_array.ts";

/** Options of `dense()`. */
export interface DenseOptions {
  /** Adds a bias to every unit. @default true */
  readonly bias?: boolean;
  /** Sets the initial weights. @default pytorchDefault() */
  readonly initializer?: Initializer;
}

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
 * @param units Output units.
 * @throws {TypeError} when `units` or an option has the wrong type.
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
 * ```
 */
export function dense(units: number, options: DenseOptions = {}): Layer {
  const action = "make a dense layer";
  checkWhole(action, "units", units, 1, MAXIMUM_ELEMENTS);
  checkOptions(action, options);
  const { bias = true, initializer = pytorchDefault() } = options;
  checkBoolean(action, "bias", bias);
  checkFunction(action, "initializer", initializer);
  return Object.freeze({
    kind: "dense",
    outputShape: (input: Shape): Shape => {
      inputWidth(input);
      return [...input.slice(0, -1), units];
    },
    sites: (input: Shape): SiteDescription[] => {
      const inputs = inputWidth(input) + (bias ? 1 : 0);
      const arrays = linearArrays(units, inputs, bias);
      return [{
        kind: "dense",
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
