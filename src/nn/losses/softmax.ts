// Losses of class probabilities p = softmax(z). Targets are class indices (B) or weights of the classes
// (B, C); the latter need not sum to one.
import { checkWhole } from "../../runtime/arguments.ts";
import { kernels } from "../../runtime/instance.ts";
import { checkKey, type RandomKey, uniform } from "../../tensor/random.ts";
import { formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import {
  checkOperand,
  checkOutput,
  checkOutputShape,
  checkProduct,
  checkResult,
} from "./arguments.ts";
import { checkFiniteTarget, checkTargetRange, type Loss } from "./loss.ts";

function checkClassTarget(name: string, output: Shape, target: Tensor): void {
  checkOutputShape(name, output);
  if (output.length !== 2) {
    throw new TypeError(
      `Cannot evaluate ${name}: outputs must be (B, classes), not ${formatShape(output)}`,
    );
  }
  const [batchSize, classes] = output;
  checkFiniteTarget(name, target);
  if (sameShape(output, target.shape)) checkTargetRange(name, target, 0, Infinity);
  else if (sameShape([batchSize], target.shape)) checkIndices(name, target, classes);
  else {
    throw new TypeError(
      `Cannot evaluate ${name}: outputs have shape ${formatShape(output)}, so targets must too, ` +
        `or be class indices (${batchSize}), not ${formatShape(target.shape)}`,
    );
  }
}

function checkIndices(name: string, target: Tensor, classes: number): void {
  const { data } = target;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isInteger(data[i]) || data[i] < 0 || data[i] >= classes) {
      throw new RangeError(
        `Cannot evaluate ${name}: the class of sample ${i} is ${data[i]}, not one of 0 to ${
          classes - 1
        }`,
      );
    }
  }
}

/** The same without a look at weights, and for tensors of unknown origin. */
function checkClasses(name: string, output: Tensor, target: Tensor): void {
  checkOutput(name, output);
  checkOperand(name, "the target", output, target);
  const [batchSize, classes] = output.shape;
  if (output.shape.length === 2 && sameShape(output.shape, target.shape)) return;
  if (output.shape.length === 2 && sameShape([batchSize], target.shape)) {
    checkIndices(name, target, classes);
  } else checkClassTarget(name, output.shape, target); // names what does not fit
}

function isIndices(target: Tensor): boolean {
  return target.shape.length === 1;
}

function softmaxOf(z: Tensor): Tensor {
  const probability = new Tensor(z.dtype, z.shape);
  kernels(z.dtype).softmax(z.shape[0], z.shape[1], z.pointer, probability.pointer);
  return probability;
}

/** Draws class indices by inverting the cumulative distribution. */
function sampleClasses(output: Tensor, key: RandomKey): Tensor {
  checkOutput("softmaxCrossEntropy", output);
  if (output.shape.length !== 2) {
    throw new TypeError(
      `Cannot sample classes: outputs must be (B, classes), not ${formatShape(output.shape)}`,
    );
  }
  checkKey("sample classes", key);
  const [batchSize, classes] = output.shape;
  using probability = softmaxOf(output);
  const drawn = uniform(key, [batchSize], { dtype: output.dtype });
  const [u, p] = [drawn.data, probability.data];
  for (let row = 0; row < batchSize; row++) {
    let rest = u[row];
    let chosen = 0;
    while (chosen < classes - 1 && rest >= p[row * classes + chosen]) {
      rest -= p[row * classes + chosen];
      chosen++;
    }
    u[row] = chosen;
  }
  return drawn;
}

/** S e_c = √(w p_c) (e_c - p), S = √w (diag(√p) - p √pᵀ), w the weight of the sample. */
function softmaxRoot(z: Tensor, target: Tensor, column: number, out: Tensor): void {
  checkClasses("softmaxCrossEntropy", z, target);
  checkWhole("evaluate softmaxCrossEntropy", "the column", column, 0, z.shape[1] - 1);
  checkResult("softmaxCrossEntropy", z, out, [z, target]);
  const [batchSize, classes] = z.shape;
  kernels(z.dtype).softmax(batchSize, classes, z.pointer, out.pointer);
  const { data } = out;
  for (let row = 0; row < batchSize; row++) {
    const start = row * classes;
    let weight = 1;
    if (!isIndices(target)) {
      weight = 0;
      for (let i = 0; i < classes; i++) weight += target.data[start + i];
    }
    const root = Math.sqrt(weight * data[start + column]);
    for (let i = 0; i < classes; i++) {
      data[start + i] = root * ((i === column ? 1 : 0) - data[start + i]);
    }
  }
}

/**
 * -Σ y log softmax(z): classes with logits z.
 *
 * Shapes: outputs (B, C); targets class indices (B), or weights (B, C) as in label smoothing.
 *
 * @example
 * ```ts
 * import { dense, sequential, softmaxCrossEntropy, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2] }, [dense(3)]);
 * using input = tensor([[0, 1], [1, 0]]);
 * using target = tensor([0, 2]);
 * using lin = model.linearize(softmaxCrossEntropy(), { input, target });
 * assertEquals(lin.output.shape, [2, 3]);
 * ```
 */
export function softmaxCrossEntropy(): Loss {
  const name = "softmaxCrossEntropy";
  return Object.freeze(
    {
      name,
      isConvex: true,
      checkTarget: (output, target) => checkClassTarget(name, output, target),
      evaluate: (z, y, gradient) => {
        checkClasses(name, z, y);
        if (gradient !== undefined) checkResult(name, z, gradient, [z, y]);
        const family = kernels(z.dtype);
        const evaluate = isIndices(y) ? family.softmax_xent_index_loss : family.softmax_xent_loss;
        return evaluate(z.shape[0], z.shape[1], z.pointer, y.pointer, gradient?.pointer ?? 0);
      },
      hessianProduct: (z, y, u, out) => {
        checkClasses(name, z, y);
        checkProduct(name, z, y, u, out);
        kernels(z.dtype).softmax_xent_hessian(
          z.shape[0],
          z.shape[1],
          z.pointer,
          isIndices(y) ? 0 : y.pointer,
          u.pointer,
          out.pointer,
        );
      },
      hessianRoot: softmaxRoot,
      sample: sampleClasses,
    } satisfies Loss,
  );
}

/**
 * 1 - Σ y softmax(z): the expected number of wrong answers, not convex.
 *
 * @example
 * ```ts
 * import { expectedZeroOne, identity, sequential, tensor } from "curvature";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using model = sequential({ input: [4] }, [identity()]);
 * using input = tensor([[0, 0, 0, 0]]);
 * using target = tensor([2]);
 * using lin = model.linearize(expectedZeroOne(), { input, target });
 * assertAlmostEquals(lin.loss, 0.75, 1e-6);
 * ```
 */
export function expectedZeroOne(): Loss {
  const name = "expectedZeroOne";
  return Object.freeze(
    {
      name,
      isConvex: false,
      checkTarget: (output, target) => checkClassTarget(name, output, target),
      evaluate: (z, y, gradient) => {
        checkClasses(name, z, y);
        if (gradient !== undefined) checkResult(name, z, gradient, [z, y]);
        const family = kernels(z.dtype);
        const evaluate = isIndices(y)
          ? family.expected_zero_one_index_loss
          : family.expected_zero_one_loss;
        return evaluate(z.shape[0], z.shape[1], z.pointer, y.pointer, gradient?.pointer ?? 0);
      },
      hessianProduct: (z, y, u, out) => {
        checkClasses(name, z, y);
        checkProduct(name, z, y, u, out);
        const family = kernels(z.dtype);
        const multiply = isIndices(y)
          ? family.expected_zero_one_index_hessian
          : family.expected_zero_one_hessian;
        multiply(z.shape[0], z.shape[1], z.pointer, y.pointer, u.pointer, out.pointer);
      },
    } satisfies Loss,
  );
}
