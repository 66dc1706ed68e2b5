// Losses that are sums over outputs: each output has its own target, H is diagonal.
import { matrix } from "../../ops/matrix.ts";
import { columnMean } from "../../ops/matvec.ts";
import { columnOfBatch } from "../../ops/row_products.ts";
import { copyEvery } from "../../ops/strided.ts";
import { fill } from "../../ops/vector.ts";
import { addWidened, widen } from "../../ops/widen.ts";
import { checkNumber, checkWhole } from "../../runtime/arguments.ts";
import { kernels } from "../../runtime/instance.ts";
import type { KernelFamily } from "../../runtime/kernels_wasm.ts";
import { checkKey, normal, type RandomKey, uniform } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";
import {
  checkLike,
  checkMeanHessian,
  checkOutput,
  checkProduct,
  checkResiduals,
  checkResult,
} from "./arguments.ts";
import { checkFiniteTarget, checkTargetRange, checkTargetShape, type Loss } from "./loss.ts";

type ElementwiseName =
  | "sigmoid_xent"
  | "squared_error"
  | "huber"
  | "pseudo_huber"
  | "poisson";

interface Elementwise {
  name: string;
  kernel: ElementwiseName;
  parameter?: Readonly<Record<string, number>>;
  targetRange?: readonly [number, number];
  residuals?: Loss["residuals"];
  sample?: (output: Tensor, key: RandomKey) => Tensor;
  /** True for ½‖z - y‖², whose gradients are its residuals. */
  isSquare?: boolean;
}

function elementwise(spec: Elementwise): Loss {
  const { name, kernel, targetRange, sample, isSquare = false } = spec;
  const options = Object.freeze({ ...spec.parameter });
  const [parameter = 0] = Object.values(options);
  const lossKernel = (family: KernelFamily) => family[`${kernel}_loss`];
  const hessianKernel = (family: KernelFamily) => family[`${kernel}_hessian`];
  const hessianProduct: Loss["hessianProduct"] = (z, y, u, out) => {
    checkOutput(name, z);
    checkLike(name, "the target", z, y);
    checkProduct(name, z, y, u, out);
    const multiply = hessianKernel(kernels(z.dtype));
    multiply(z.size, parameter, z.pointer, y.pointer, u.pointer, out.pointer);
  };
  return Object.freeze(
    {
      name,
      options,
      isConvex: true,
      isSumOverSteps: true,
      hasUnitHessian: isSquare,
      checkTarget: (output, target) => {
        checkTargetShape(name, output, target);
        checkFiniteTarget(name, target);
        if (targetRange) checkTargetRange(name, target, ...targetRange);
      },
      evaluate: (z, y, gradient) => {
        checkOutput(name, z);
        checkLike(name, "the target", z, y);
        if (gradient !== undefined) checkResult(name, z, gradient, [z, y]);
        const write = gradient?.pointer ?? 0;
        return lossKernel(kernels(z.dtype))(z.size, parameter, z.pointer, y.pointer, write);
      },
      hessianProduct,
      hessianRoot: (z, y, work) => {
        checkOutput(name, z);
        checkLike(name, "the target", z, y);
        checkResult(name, z, work, [z, y]);
        hessianProduct(z, y, fill(work, 1), work);
        kernels(work.dtype).sqrt(work.size, work.pointer, work.pointer);
        return (column, out) => {
          checkWhole(`evaluate ${name}`, "the column", column, 0, z.size / z.shape[0] - 1);
          checkResult(name, z, out, [z, y, work]);
          copyColumn(work, column, out);
        };
      },
      meanHessian: (z, y, projection, work, out) => {
        checkOutput(name, z);
        checkLike(name, "the target", z, y);
        checkMeanHessian(name, z, y, projection, work, out);
        const width = z.size / z.shape[0];
        hessianProduct(z, y, fill(work, 1), work);
        const means = out.view([width]);
        columnMean(matrix(work.view([z.shape[0], width])), means);
        kernels(out.dtype).spread_diagonal(width, out.pointer);
      },
      ...(isSquare && { residuals: (z, y, out) => writeDifference(name, z, y, out) }),
      ...(sample && { sample }),
    } satisfies Loss,
  );
}

/** out = z - y, in float64 where `out` is. */
function writeDifference(name: string, z: Tensor, y: Tensor, out: Tensor): void {
  checkOutput(name, z);
  checkLike(name, "the target", z, y);
  checkResiduals(name, z, y, out);
  if (out.dtype !== z.dtype) addWidened(-1, y, widen(1, z, out));
  else kernels(z.dtype).subtract(z.size, z.pointer, y.pointer, out.pointer);
}

/** out = one column of every sample, zero elsewhere. */
function copyColumn(from: Tensor, column: number, out: Tensor): void {
  fill(out, 0);
  const at = columnOfBatch(out, column);
  copyEvery(from, at, out, at);
}

/**
 * ½‖z - y‖²: the negative log-likelihood of a normal distribution with unit variance.
 *
 * @example
 * ```ts
 * import { dense, sequential, squaredError, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2] }, [dense(1)]);
 * using input = tensor([[1, 2]]);
 * using target = tensor([[3]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * assert(lin.loss > 0);
 * ```
 */
export function squaredError(): Loss {
  const name = "squaredError";
  return elementwise({
    name,
    kernel: "squared_error",
    isSquare: true,
    sample: (output, key) => {
      checkOutput(name, output);
      const drawn = normal(key, output.shape, { dtype: output.dtype });
      kernels(output.dtype).axpy(output.size, 1, output.pointer, drawn.pointer);
      return drawn;
    },
  });
}

/**
 * Σ softplus(z) - y z: independent Bernoulli outputs with logits z, targets in [0, 1].
 *
 * @example
 * ```ts
 * import { identity, sequential, sigmoidCrossEntropy, tensor } from "curvature";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [identity()]);
 * using input = tensor([[0]]);
 * using target = tensor([[1]]);
 * using lin = model.linearize(sigmoidCrossEntropy(), { input, target });
 * assertAlmostEquals(lin.loss, Math.log(2), 1e-6);
 * ```
 */
export function sigmoidCrossEntropy(): Loss {
  return elementwise({
    name: "sigmoidCrossEntropy",
    kernel: "sigmoid_xent",
    targetRange: [0, 1],
    sample: (output, key) => {
      checkOutput("sigmoidCrossEntropy", output);
      checkKey("sample targets", key);
      using probability = new Tensor(output.dtype, output.shape);
      const drawn = uniform(key, output.shape, { dtype: output.dtype });
      kernels(output.dtype).sigmoid(output.size, output.pointer, probability.pointer);
      const { size, dtype, pointer } = drawn;
      kernels(dtype).is_less(size, pointer, probability.pointer, pointer);
      return drawn;
    },
  });
}

/**
 * ½r² for |r| ≤ δ, δ(|r| - ½δ) beyond, r = z - y. Source: Huber 1964.
 *
 * @throws {TypeError} when δ is not a number.
 * @throws {RangeError} when it is not positive and finite.
 *
 * @example
 * ```ts
 * import { huber, identity, sequential, tensor } from "curvature";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [identity()]);
 * using input = tensor([[3]]);
 * using target = tensor([[0]]);
 * using lin = model.linearize(huber(1), { input, target });
 * assertAlmostEquals(lin.loss, 2.5, 1e-6);
 * ```
 */
export function huber(delta = 1): Loss {
  return elementwise({
    name: "huber",
    kernel: "huber",
    parameter: { delta: checkNumber("make huber", "delta", delta, "positive") },
  });
}

/**
 * δ²(√(1 + (r/δ)²) - 1), r = z - y: Huber's loss with all derivatives.
 *
 * @throws {TypeError} when δ is not a number.
 * @throws {RangeError} when it is not positive and finite.
 *
 * @example
 * ```ts
 * import { identity, pseudoHuber, sequential, tensor } from "curvature";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [identity()]);
 * using input = tensor([[0]]);
 * using target = tensor([[0]]);
 * using lin = model.linearize(pseudoHuber(1), { input, target });
 * assertAlmostEquals(lin.loss, 0, 1e-6);
 * ```
 */
export function pseudoHuber(delta = 1): Loss {
  return elementwise({
    name: "pseudoHuber",
    kernel: "pseudo_huber",
    parameter: { delta: checkNumber("make pseudoHuber", "delta", delta, "positive") },
  });
}

/**
 * e^z - y z: counts y with log rate z, up to a constant.
 *
 * @example
 * ```ts
 * import { identity, poisson, sequential, tensor } from "curvature";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [identity()]);
 * using input = tensor([[0]]);
 * using target = tensor([[2]]);
 * using lin = model.linearize(poisson(), { input, target });
 * assertAlmostEquals(lin.loss, 1, 1e-6);
 * ```
 */
export function poisson(): Loss {
  return elementwise({ name: "poisson", kernel: "poisson", targetRange: [0, Infinity] });
}
