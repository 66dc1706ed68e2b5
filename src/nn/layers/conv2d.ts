import { gemm } from "../../ops/gemm.ts";
import { leadingColumns, type Matrix, matrix } from "../../ops/matrix.ts";
import { type Pair, type PatchGeometry, patchSize } from "../../ops/patch_geometry.ts";
import { flipTaps, patches } from "../../ops/patches.ts";
import {
  checkBoolean,
  checkFunction,
  checkObject,
  checkOptions,
  checkWhole,
  namesOf,
} from "../../runtime/arguments.ts";
import { MAXIMUM_ELEMENTS, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Initializer, pytorchDefault } from "../sites/initializers.ts";
import type {
  BindContext,
  BoundLayer,
  Buffers,
  Layer,
  ReverseContext,
  ReverseSweep,
  SecondOrderContext,
  SecondOrderSweep,
  TangentContext,
  TangentSweep,
} from "./layer.ts";
import type { SiteDescription } from "../sites/site.ts";
import { convolutionArrays } from "../sites/stored_array.ts";
import { planStridedPull, type Pull } from "./strided_pull.ts";
import {
  checkPadding,
  type Padding,
  placeWindows,
  transposeWindows,
  type Windows,
} from "./window.ts";

/** Options of `conv2d()`. */
export interface Conv2dOptions {
  /** Rows and columns of the kernel; one number for both. */
  readonly kernel: number | readonly [rows: number, columns: number];
  /** Steps between positions. @default 1 */
  readonly stride?: number;
  /** Zeros around the image; "same" gives ceil(size / stride) positions. @default "valid" */
  readonly padding?: Padding;
  /** Steps between the rows and columns of the kernel. @default 1 */
  readonly dilation?: number;
  /** Adds a bias to every filter. @default true */
  readonly bias?: boolean;
  /** Sets the initial weights. @default pytorchDefault() */
  readonly initializer?: Initializer;
}

const NAMES = namesOf<Conv2dOptions>({
  kernel: true,
  stride: true,
  padding: true,
  dilation: true,
  bias: true,
  initializer: true,
});

const ACTION = "make conv2d";

function checkCount(option: string, value: unknown): number {
  return checkWhole(ACTION, option, value, 1, MAXIMUM_ELEMENTS);
}

function checkKernel(kernel: unknown): Pair {
  const [rows, columns, ...rest] = Array.isArray(kernel) ? kernel : [kernel, kernel];
  if (rest.length > 0) throw new TypeError(`Cannot ${ACTION}: kernel must be one number or two`);
  return Object.freeze([checkCount("kernel", rows), checkCount("kernel", columns)] as const);
}

/**
 * A two-dimensional convolution (cross-correlation, as usual) of channels-last images.
 *
 * One affine site: Z = [patches | 1] Wᵀ, a patch being kernel row, kernel column, channel. The matrix of patches
 * is never made.
 *
 * Shapes: input (B, height, width, channels), output (B, down, across, filters),
 * W (filters, rows · columns · channels + 1), its last column the bias.
 *
 * @param filters Channels of the output.
 * @throws {TypeError} when `filters` or an option has the wrong type.
 * @throws {RangeError} when `filters` or an option is not whole or out of range.
 *
 * @example
 * ```ts
 * import { conv2d, flatten, relu, sequential } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [28, 28, 1] }, [
 *   conv2d(8, { kernel: 3, padding: "same" }),
 *   relu(),
 *   conv2d(4, { kernel: [3, 5], stride: 2 }),
 * ]);
 * assertEquals(model.output, [13, 12, 4]);
 * assertEquals(model.sites[1].weight.shape, [4, 3 * 5 * 8 + 1]);
 * ```
 */
export function conv2d(filters: number, options: Conv2dOptions): Layer {
  checkCount("filters", filters);
  checkObject(ACTION, "the options", options, "an object such as { kernel: 3 }");
  checkOptions(ACTION, options, NAMES);
  const { kernel, stride = 1, padding = "valid", dilation = 1, bias = true } = options;
  const { initializer = pytorchDefault() } = options;
  const windows: Windows = {
    kernel: checkKernel(kernel),
    stride: checkCount("stride", stride),
    padding: checkPadding(ACTION, padding),
    dilation: checkCount("dilation", dilation),
  };
  checkBoolean(ACTION, "bias", bias);
  checkFunction(ACTION, "initializer", initializer);
  const place = (input: Shape): PatchGeometry => placeWindows("conv2d", windows, input);
  return Object.freeze({
    kind: "conv2d",
    options: Object.freeze({ filters, ...windows, bias }),
    outputShape: (input: Shape): Shape => [...place(input).output, filters],
    sites: (input: Shape): SiteDescription[] => {
      const { kernel, channels, output: [down, across] } = place(input);
      const [rows, columns] = kernel;
      return [{
        kind: "conv2d",
        outputs: filters,
        inputs: rows * columns * channels + (bias ? 1 : 0),
        hasBias: bias,
        positions: down * across,
        taps: rows * columns,
        fanOut: rows * columns * filters,
        initializer,
        arrays: convolutionArrays(filters, channels, kernel, bias),
      }];
    },
    bind: (context: BindContext): BoundLayer =>
      new BoundConvolution(context, filters, place(context.input.shape.slice(1)), bias),
  });
}

class BoundConvolution implements BoundLayer {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly #input: Tensor;
  readonly #weight: Matrix;
  readonly #patches: Matrix;
  readonly #geometry: PatchGeometry;

  constructor(context: BindContext, filters: number, geometry: PatchGeometry, bias: boolean) {
    const { input, buffer, weights: [weight] } = context;
    this.#input = input;
    this.#weight = matrix(weight);
    this.#patches = patches(input, geometry, bias);
    this.#geometry = geometry;
    this.output = buffer([input.shape[0], ...geometry.output, filters]);
    this.sites = [{ inputs: this.#patches, outputs: this.#rows(this.output) }];
  }

  forward(): void {
    gemm(this.#patches, this.#weight.T, this.output);
  }

  reverse({ outputCotangent, needsInput, buffer }: ReverseContext): ReverseSweep {
    const siteCotangents = [this.#rows(outputCotangent)];
    if (!needsInput) {
      return { outputCotangent, inputCotangent: undefined, siteCotangents, run: (): void => {} };
    }
    const inputCotangent = buffer(this.#input.shape);
    const pull = this.#planPull(buffer);
    const run = (): void => pull(outputCotangent, this.#weight, inputCotangent, false);
    return { outputCotangent, inputCotangent, siteCotangents, run };
  }

  tangent({ inputTangent, weightTangents, buffer }: TangentContext): TangentSweep {
    const [weightTangent] = weightTangents;
    const given = { inputTangent, weightTangents };
    if (!weightTangent && !inputTangent) {
      return { ...given, outputTangent: undefined, run: (): void => {} };
    }
    const outputTangent = buffer(this.output.shape);
    const moved = inputTangent && patches(inputTangent, this.#geometry);
    const weightPart = leadingColumns(this.#weight, patchSize(this.#geometry));
    const run = (): void => {
      if (weightTangent) gemm(this.#patches, matrix(weightTangent).T, outputTangent);
      if (moved) gemm(moved, weightPart.T, outputTangent, { beta: weightTangent ? 1 : 0 });
    };
    return { ...given, outputTangent, run };
  }

  /** The pull of the cotangent through W changes by that of its change through W, and its own through V. */
  secondOrder(context: SecondOrderContext): SecondOrderSweep {
    const { reverse, tangent, outputCotangentTangent, needsInput, buffer } = context;
    const { inputTangent, weightTangents: [weightTangent] } = tangent;
    const sites = [{
      inputs: inputTangent && patches(inputTangent, this.#geometry),
      cotangents: this.#rows(outputCotangentTangent),
    }];
    if (!needsInput) return { inputCotangentTangent: undefined, sites, run: (): void => {} };
    const inputCotangentTangent = buffer(this.#input.shape);
    const pull = this.#planPull(buffer);
    const run = (): void => {
      pull(outputCotangentTangent, this.#weight, inputCotangentTangent, false);
      if (!weightTangent) return;
      pull(reverse.outputCotangent, matrix(weightTangent), inputCotangentTangent, true);
    };
    return { inputCotangentTangent, sites, run };
  }

  /** Plans the pull of a cotangent to the input. */
  #planPull(buffer: Buffers): Pull {
    const { channels, stride, kernel: [rows, columns] } = this.#geometry;
    const filters = this.#weight.rows;
    if (stride.some((step) => step > 1)) {
      return planStridedPull(this.#geometry, filters, this.#input.shape, buffer);
    }
    const geometry = transposeWindows(this.#geometry, filters);
    const flipped = buffer([rows * columns * filters, channels]);
    return (cotangent, weight, out, adds): void => {
      flipTaps(weight, flipped);
      gemm(patches(cotangent, geometry), matrix(flipped), out, { beta: adds ? 1 : 0 });
    };
  }

  /** A tensor like the output, a row for each position. */
  #rows(tensor: Tensor): Tensor {
    const filters = this.#weight.rows;
    return tensor.view([tensor.size / filters, filters]);
  }
}
