// Elementwise layers. Value and derivative come from one family of kernels per function; the kernels of
// the derivative get both x and φ(x), so nothing transcendental is computed twice.
import { checkNumber, checkOptions, namesOf } from "../../runtime/arguments.ts";
import { kernels } from "../../runtime/instance.ts";
import type { KernelFamily } from "../../runtime/kernels_wasm.ts";
import type { PlainRecord } from "../../runtime/plain_data.ts";
import { checkedShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type {
  BindContext,
  BoundLayer,
  Layer,
  ReverseSweep,
  SecondOrderSweep,
  TangentSweep,
} from "./layer.ts";

type ActivationName = keyof KernelFamily extends infer Name
  ? Name extends `${infer Base}_d1` ? Base : never
  : never;

type DerivativeKernel = KernelFamily[`${ActivationName}_d1`];

/** An activation by its name in the kernels, which take one number; settings are all that tells it from others. */
function activation(
  kind: string,
  name: ActivationName,
  options: PlainRecord = {},
  parameter = 0,
): Layer {
  return Object.freeze({
    kind,
    options: Object.freeze(options),
    steps: "each",
    outputShape: (input: Shape): Shape => checkedShape(`apply ${kind}`, input),
    sites: (input: Shape) => {
      checkedShape(`apply ${kind}`, input);
      return [];
    },
    bind: (context: BindContext): BoundLayer => bindActivation(context, name, parameter),
  });
}

function bindActivation(
  { input, dtype, buffer }: BindContext,
  name: ActivationName,
  parameter: number,
): BoundLayer {
  const family = kernels(dtype);
  const value = family[`${name}_value`];
  const output = buffer(input.shape);
  const times = (kernel: DerivativeKernel) => (t: Tensor, out: Tensor): void =>
    kernel(input.size, parameter, input.pointer, output.pointer, t.pointer, out.pointer);
  const timesFirst = times(family[`${name}_d1`]);
  const timesSecond = times(family[`${name}_d2`]);
  return {
    output,
    sites: [],
    elementMaps: [{ timesFirst, timesSecond }],
    forward: () => value(input.size, parameter, input.pointer, output.pointer),
    reverse: ({ outputCotangent, keepsOutput, buffer }): ReverseSweep => {
      const inputCotangent = keepsOutput ? buffer(input.shape) : outputCotangent;
      return {
        outputCotangent,
        inputCotangent,
        siteCotangents: [],
        run: () => timesFirst(outputCotangent, inputCotangent),
      };
    },
    tangent: ({ inputTangent, weightTangents, buffer }): TangentSweep => {
      const given = { inputTangent, weightTangents };
      if (!inputTangent) return { ...given, outputTangent: undefined, run: () => {} };
      const outputTangent = buffer(input.shape);
      return { ...given, outputTangent, run: () => timesFirst(inputTangent, outputTangent) };
    },
    // dX = φ' dY changes by φ' R{dY} + φ'' R{X} dY.
    secondOrder: ({ reverse, tangent, outputCotangentTangent, buffer }): SecondOrderSweep => {
      const { inputTangent } = tangent;
      const inputCotangentTangent = buffer(input.shape);
      const bent = buffer(input.shape);
      const run = (): void => {
        timesFirst(outputCotangentTangent, inputCotangentTangent);
        if (!inputTangent) return;
        timesSecond(inputTangent, bent);
        const { multiply, axpy } = family;
        multiply(bent.size, bent.pointer, reverse.outputCotangent.pointer, bent.pointer);
        axpy(bent.size, 1, bent.pointer, inputCotangentTangent.pointer);
      };
      return { inputCotangentTangent, sites: [], run };
    },
  };
}

/**
 * max(x, 0); the derivative at 0 is 0.
 *
 * @example
 * ```ts
 * import { relu, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [relu()]);
 * using x = tensor([[-2]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[0]]);
 * ```
 */
export function relu(): Layer {
  return activation("relu", "relu");
}

/**
 * x where it is positive, slope x elsewhere.
 *
 * @throws {TypeError} when the slope is not a number.
 * @throws {RangeError} when it is not finite.
 *
 * @example
 * ```ts
 * import { leakyRelu, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [leakyRelu(0.5)]);
 * using x = tensor([[-2]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[-1]]);
 * ```
 */
export function leakyRelu(slope = 0.01): Layer {
  checkNumber("make leakyRelu", "the slope", slope);
  return activation("leakyRelu", "leaky_relu", { slope }, slope);
}

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * import { sequential, tanh, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [tanh()]);
 * using x = tensor([[0]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[0]]);
 * ```
 */
export function tanh(): Layer {
  return activation("tanh", "tanh");
}

/**
 * 1 / (1 + e^-x).
 *
 * @example
 * ```ts
 * import { sequential, sigmoid, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [sigmoid()]);
 * using x = tensor([[0]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[0.5]]);
 * ```
 */
export function sigmoid(): Layer {
  return activation("sigmoid", "sigmoid");
}

/**
 * ln(1 + e^x).
 *
 * @example
 * ```ts
 * import { sequential, softplus, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [softplus()]);
 * using x = tensor([[200]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[200]]);
 * ```
 */
export function softplus(): Layer {
  return activation("softplus", "softplus");
}

/**
 * x where it is positive, α (e^x - 1) elsewhere. Source: Clevert et al. 2016, eq. (15).
 *
 * @throws {TypeError} when α is not a number.
 * @throws {RangeError} when it is not finite.
 *
 * @example
 * ```ts
 * import { elu, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [elu()]);
 * using x = tensor([[3]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[3]]);
 * ```
 */
export function elu(alpha = 1): Layer {
  checkNumber("make elu", "alpha", alpha);
  return activation("elu", "elu", { alpha }, alpha);
}

/**
 * The self-normalizing ELU with its fixed constants. Source: Klambauer et al. 2017, eq. (2).
 *
 * @example
 * ```ts
 * import { selu, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [selu()]);
 * using x = tensor([[0]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[0]]);
 * ```
 */
export function selu(): Layer {
  return activation("selu", "selu");
}

/** Options of `gelu()`. */
export interface GeluOptions {
  /** Uses the tanh approximation of the normal distribution function. @default exact */
  readonly approximate?: "tanh";
}

const GELU_NAMES = namesOf<GeluOptions>({ approximate: true });

/**
 * x Φ(x), Φ the normal distribution function. Source: Hendrycks & Gimpel 2016.
 *
 * @throws {TypeError} when the options are not an object, or `approximate` is neither "tanh" nor absent.
 *
 * @example
 * ```ts
 * import { gelu, sequential, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [gelu()]);
 * using x = tensor([[0]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[0]]);
 * ```
 */
export function gelu(options: GeluOptions = {}): Layer {
  checkOptions("make gelu", options, GELU_NAMES);
  const { approximate } = options;
  if (approximate !== undefined && approximate !== "tanh") {
    throw new TypeError(`Cannot make gelu: approximate must be "tanh" or absent`);
  }
  return activation("gelu", approximate ? "gelu_tanh" : "gelu", { approximate });
}

/**
 * x sigmoid(x), also called swish.
 *
 * @example
 * ```ts
 * import { sequential, silu, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [silu()]);
 * using x = tensor([[0]]);
 * using y = model.predict(x);
 * assertEquals(y.toArray(), [[0]]);
 * ```
 */
export function silu(): Layer {
  return activation("silu", "silu");
}
