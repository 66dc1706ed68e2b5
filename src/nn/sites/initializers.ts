import { columnOf, fillEvery } from "../../ops/strided.ts";
import { copyRows } from "../../ops/rows.ts";
import { Matrix } from "../../ops/matrix.ts";
import { checkNumber, checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { kernels } from "../../runtime/instance.ts";
import { normal, permutation, type RandomKey, randomKey, uniform } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Counters between the draws of sparse values and those of their places. */
const SPARSE_SKIP = 2147483648;

/** What an initializer fills: W = [weight | bias] of one site. */
export interface InitializerContext {
  /** W (O, D). */
  readonly weight: Tensor;
  /** True when the last column of W is the bias. */
  readonly hasBias: boolean;
  /** Inputs that feed one output unit. */
  readonly fanIn: number;
  /** Outputs that one input unit feeds. */
  readonly fanOut: number;
  /** Key of the site; draws are counted from its index. */
  readonly key: RandomKey;
}

/** Sets the initial weights of a site. */
export type Initializer = (context: InitializerContext) => void;

/** Sets the weights from draws (O, D without bias) and the biases to zero. */
function setWeights({ weight, hasBias }: InitializerContext, drawn: Tensor): void {
  const [outputs, inputs] = weight.shape;
  const held = inputs - (hasBias ? 1 : 0);
  copyRows(new Matrix(drawn, outputs, held, held), new Matrix(weight, outputs, held, inputs));
  if (hasBias) fillEvery(weight, columnOf(outputs, inputs, held), 0);
  drawn.dispose();
}

function heldShape({ weight, hasBias }: InitializerContext): [number, number] {
  return [weight.shape[0], weight.shape[1] - (hasBias ? 1 : 0)];
}

function uniformWeights(limit: (context: InitializerContext) => number): Initializer {
  return (context) => {
    const maximum = limit(context);
    const { dtype } = context.weight;
    const drawn = uniform(context.key, heldShape(context), { dtype, minimum: -maximum, maximum });
    setWeights(context, drawn);
  };
}

function normalWeights(deviation: (context: InitializerContext) => number): Initializer {
  return (context) => {
    const { dtype } = context.weight;
    const standardDeviation = deviation(context);
    setWeights(context, normal(context.key, heldShape(context), { dtype, standardDeviation }));
  };
}

/**
 * PyTorch's default for linear layers: weights and biases uniform in ±1/√fanIn.
 *
 * @example
 * ```ts
 * import { dense, sequential } from "curvature";
 * import { pytorchDefault } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [4] }, [dense(3, { initializer: pytorchDefault() })]);
 * assert(model.parameters.data.every((w) => Math.abs(w) <= 0.5));
 * ```
 */
export function pytorchDefault(): Initializer {
  return ({ weight, key, fanIn }) => {
    const maximum = 1 / Math.sqrt(fanIn);
    const drawn = uniform(key, weight.shape, { dtype: weight.dtype, minimum: -maximum, maximum });
    weight.data.set(drawn.data);
    drawn.dispose();
  };
}

/**
 * Uniform in ±√(6 / (fanIn + fanOut)), biases 0. Source: Glorot & Bengio 2010, eq. (16).
 *
 * @example
 * ```ts
 * import { dense, sequential } from "curvature";
 * import { glorotUniform } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [3] }, [dense(3, { initializer: glorotUniform() })]);
 * assert(model.parameters.data.every((w) => Math.abs(w) <= 1));
 * assert(model.parameters.data[3] === 0);
 * ```
 */
export function glorotUniform(): Initializer {
  return uniformWeights(({ fanIn, fanOut }) => Math.sqrt(6 / (fanIn + fanOut)));
}

/**
 * Normal with variance 2 / (fanIn + fanOut), biases 0. Source: Glorot & Bengio 2010, eq. (12).
 *
 * @example
 * ```ts
 * import { dense, sequential } from "curvature";
 * import { glorotNormal } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [3] }, [dense(3, { initializer: glorotNormal() })]);
 * assert(model.parameters.data.every((w) => Number.isFinite(w)));
 * assert(model.parameters.data[3] === 0);
 * ```
 */
export function glorotNormal(): Initializer {
  return normalWeights(({ fanIn, fanOut }) => Math.sqrt(2 / (fanIn + fanOut)));
}

/**
 * Uniform in ±√(6 / fanIn), biases 0, for ReLU. Source: He et al. 2015, eq. (10).
 *
 * @example
 * ```ts
 * import { dense, sequential } from "curvature";
 * import { heUniform } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [3] }, [dense(3, { initializer: heUniform() })]);
 * assert(model.parameters.data.every((w) => Math.abs(w) <= Math.sqrt(2)));
 * assert(model.parameters.data[3] === 0);
 * ```
 */
export function heUniform(): Initializer {
  return uniformWeights(({ fanIn }) => Math.sqrt(6 / fanIn));
}

/**
 * Normal with variance 2 / fanIn, biases 0, for ReLU. Source: He et al. 2015, eq. (10).
 *
 * @example
 * ```ts
 * import { dense, sequential } from "curvature";
 * import { heNormal } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [3] }, [dense(3, { initializer: heNormal() })]);
 * assert(model.parameters.data.every((w) => Number.isFinite(w)));
 * assert(model.parameters.data[3] === 0);
 * ```
 */
export function heNormal(): Initializer {
  return normalWeights(({ fanIn }) => Math.sqrt(2 / fanIn));
}

/**
 * Uniform in ±√(3 / fanIn), biases 0. Source: LeCun et al. 1998, eq. (16).
 *
 * @example
 * ```ts
 * import { dense, sequential } from "curvature";
 * import { lecunUniform } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [3] }, [dense(3, { initializer: lecunUniform() })]);
 * assert(model.parameters.data.every((w) => Math.abs(w) <= 1));
 * assert(model.parameters.data[3] === 0);
 * ```
 */
export function lecunUniform(): Initializer {
  return uniformWeights(({ fanIn }) => Math.sqrt(3 / fanIn));
}

/**
 * Normal with variance 1 / fanIn, biases 0. Source: LeCun et al. 1998, eq. (16).
 *
 * @example
 * ```ts
 * import { dense, sequential } from "curvature";
 * import { lecunNormal } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [3] }, [dense(3, { initializer: lecunNormal() })]);
 * assert(model.parameters.data.every((w) => Number.isFinite(w)));
 * assert(model.parameters.data[3] === 0);
 * ```
 */
export function lecunNormal(): Initializer {
  return normalWeights(({ fanIn }) => Math.sqrt(1 / fanIn));
}

/** Sets weights; refuses a function that makes an initializer in the place of one, and one that takes its time. */
export function initialize(initializer: Initializer, context: InitializerContext): void {
  const returned: unknown = initializer(context);
  if (typeof returned === "function") {
    throw new TypeError(
      "Cannot initialize weights: the initializer returned a function, " +
        "one of the library is called where it is given, as heNormal()",
    );
  }
  if (returned instanceof Promise) {
    throw new TypeError(
      "Cannot initialize weights: the initializer must set them at once, it returned a Promise",
    );
  }
}

/** Options of `martensSparse()`. */
export interface SparseOptions {
  /** Incoming weights of a unit that are not zero. @default 15 */
  readonly connections?: number;
  /** Standard deviation of those weights. @default 1 */
  readonly standardDeviation?: number;
  /** Value of every bias. @default 0 */
  readonly bias?: number;
}

const SPARSE_NAMES = namesOf<SparseOptions>({
  connections: true,
  standardDeviation: true,
  bias: true,
});

/**
 * Sparse initialization: each unit gets a few normal incoming weights, all others are zero.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when `connections` is not whole and positive, the deviation negative, or the bias not finite.
 *
 * Source: Martens 2010, section 5; for tanh units its code uses deviation and biases of 0.5.
 *
 * @example
 * ```ts
 * import { dense, sequential } from "curvature";
 * import { martensSparse } from "curvature/layers";
 * import { assertEquals } from "@std/assert";
 *
 * const initializer = martensSparse({ connections: 2 });
 * using model = sequential({ input: [9] }, [dense(1, { initializer })]);
 * assertEquals([...model.parameters.data].filter((w) => w !== 0).length, 2);
 * ```
 */
export function martensSparse(options: SparseOptions = {}): Initializer {
  const action = "make martensSparse";
  checkOptions(action, options, SPARSE_NAMES);
  const { connections = 15, standardDeviation = 1, bias = 0 } = options;
  checkWhole(action, "connections", connections, 1);
  checkNumber(action, "standardDeviation", standardDeviation, "non-negative");
  checkNumber(action, "bias", bias);
  return ({ weight, hasBias, key }) => {
    const [outputs, inputs] = weight.shape;
    const held = inputs - (hasBias ? 1 : 0);
    const count = Math.min(connections, held);
    const { dtype } = weight;
    using drawn = normal(key, [outputs, count], { dtype, standardDeviation });
    kernels(dtype).fill(weight.size, 0, weight.pointer);
    // In JavaScript: a few connections of each unit, drawn once.
    for (let row = 0; row < outputs; row++) {
      const order = permutation(
        randomKey(key.seed, key.stream, key.index + SPARSE_SKIP + row * held),
        held,
      );
      for (let i = 0; i < count; i++) {
        weight.data[row * inputs + order[i]] = drawn.data[row * count + i];
      }
      if (hasBias) weight.data[(row + 1) * inputs - 1] = bias;
    }
  };
}
