// Losses of class probabilities p = softmax(z). Targets are class indices (B) or weights of the classes
// (B, C); the latter need not sum to one. Outputs (B, T, C) are T choices of a class for each sample, whose losses
// add up; their targets are indices (B, T) or weights (B, T, C).
import { gram } from "../../ops/gemm.ts";
import { Matrix } from "../../ops/matrix.ts";
import { fill } from "../../ops/vector.ts";
import { checkWhole } from "../../runtime/arguments.ts";
import type { FloatArray } from "../../runtime/dtype.ts";
import { kernels } from "../../runtime/instance.ts";
import { checkKey, type RandomKey, uniform } from "../../tensor/random.ts";
import { formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import {
  checkMeanHessian,
  checkOperand,
  checkOutput,
  checkOutputShape,
  checkResult,
  checkRowProduct,
} from "./arguments.ts";
import { checkFiniteTarget, checkTargetRange, type HessianRoot, type Loss } from "./loss.ts";

/** Choices of a class in outputs (B, …, C), and the classes of each. */
function choices({ shape, size }: Tensor): readonly [rows: number, classes: number] {
  const classes = shape[shape.length - 1];
  return [size / classes, classes];
}

function checkClassTarget(name: string, output: Shape, target: Tensor): void {
  checkOutputShape(name, output);
  const classes = output[output.length - 1];
  if (output.length < 2 || classes < 1) {
    throw new TypeError(
      `Cannot evaluate ${name}: outputs must be (B, classes) or (B, …, classes), not ${
        formatShape(output)
      }`,
    );
  }
  const indices = output.slice(0, -1);
  checkFiniteTarget(name, target);
  if (sameShape(output, target.shape)) checkTargetRange(name, target, 0, Infinity);
  else if (sameShape(indices, target.shape)) checkIndices(name, target, classes);
  else {
    throw new TypeError(
      `Cannot evaluate ${name}: outputs have shape ${formatShape(output)}, so targets must too, ` +
        `or be class indices ${formatShape(indices)}, not ${formatShape(target.shape)}${
          sameShape([...indices, 1], target.shape) ? `: target.view([${indices.join(", ")}])` : ""
        }`,
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
  const { shape } = output;
  if (shape.length > 1 && sameShape(shape, target.shape)) return;
  if (shape.length > 1 && sameShape(shape.slice(0, -1), target.shape)) {
    checkIndices(name, target, shape[shape.length - 1]);
  } else checkClassTarget(name, shape, target); // names what does not fit
}

function isIndices(output: Tensor, target: Tensor): boolean {
  return target.shape.length < output.shape.length;
}

function softmaxOf(z: Tensor): Tensor {
  const probability = new Tensor(z.dtype, z.shape);
  kernels(z.dtype).softmax(...choices(z), z.pointer, probability.pointer);
  return probability;
}

/** Draws class indices by inverting the cumulative distribution. */
function sampleClasses(output: Tensor, key: RandomKey): Tensor {
  checkOutput("softmaxCrossEntropy", output);
  if (output.shape.length < 2 || output.size === 0) {
    throw new TypeError(
      `Cannot sample classes: outputs must be (B, classes) or (B, …, classes), not ${
        formatShape(output.shape)
      }`,
    );
  }
  checkKey("sample classes", key);
  const [rows, classes] = choices(output);
  using probability = softmaxOf(output);
  const drawn = uniform(key, output.shape.slice(0, -1), { dtype: output.dtype });
  const [u, p] = [drawn.data, probability.data];
  for (let row = 0; row < rows; row++) {
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

/**
 * S e_c = √(w p_c) (e_c - p), S = √w (diag(√p) - p √pᵀ), w the weight of the choice to which the column belongs; zero
 * at all other choices of the sample.
 */
function softmaxRoot(z: Tensor, target: Tensor, work: Tensor): HessianRoot {
  const name = "softmaxCrossEntropy";
  checkClasses(name, z, target);
  checkResult(name, z, work, [z, target]);
  const [rows, classes] = choices(z), rowsOfSample = rows / z.shape[0];
  kernels(z.dtype).softmax(rows, classes, z.pointer, work.pointer);
  const weights = isIndices(z, target) ? undefined : choiceWeights(target.data, classes);
  return (column, out) => {
    checkWhole(`evaluate ${name}`, "the column", column, 0, rowsOfSample * classes - 1);
    checkResult(name, z, out, [z, target, work]);
    const [choice, chosen] = [Math.floor(column / classes), column % classes];
    const p = work.data, { data } = out;
    fill(out, 0);
    for (let row = choice; row < rows; row += rowsOfSample) {
      const start = row * classes, end = start + classes;
      const root = Math.sqrt((weights ? weights[row] : 1) * p[start + chosen]);
      for (let i = start; i < end; i++) data[i] = -root * p[i];
      data[start + chosen] = root * (1 - p[start + chosen]);
    }
  };
}

/** Sums of the weights of every choice. */
function choiceWeights(weights: FloatArray, classes: number): Float64Array {
  const sums = new Float64Array(weights.length / classes);
  for (let i = 0; i < weights.length; i++) sums[Math.floor(i / classes)] += weights[i];
  return sums;
}

/**
 * mean w (diag p - p pᵀ), w the weight of a choice; zero between choices. It is positive semidefinite, so nothing
 * is projected.
 */
function softmaxMeanHessian(z: Tensor, target: Tensor, work: Tensor, out: Tensor): void {
  const [rows, classes] = choices(z), [batchSize] = z.shape, width = z.size / batchSize;
  kernels(z.dtype).softmax(rows, classes, z.pointer, work.pointer);
  const p = work.data, diagonal = new Float64Array(width);
  for (let start = 0; start < p.length; start += classes) {
    let weight = isIndices(z, target) ? 1 : 0;
    for (let i = 0; i < classes && !isIndices(z, target); i++) weight += target.data[start + i];
    const root = Math.sqrt(weight);
    for (let i = start; i < start + classes; i++) {
      diagonal[i % width] += weight * p[i] / batchSize;
      p[i] *= root;
    }
  }
  using block = new Tensor(z.dtype, [classes, classes]);
  out.data.fill(0);
  for (let first = 0; first < width; first += classes) {
    const choice = work.view([work.size - first], first);
    gram(new Matrix(choice, batchSize, classes, width), block, { alpha: -1 / batchSize });
    const [from, to] = [block.data, out.data];
    for (let i = 0; i < classes; i++) {
      const row = (first + i) * width + first;
      to.set(from.subarray(i * classes, (i + 1) * classes), row);
      to[row + i] += diagonal[first + i];
    }
  }
}

/**
 * -Σ y log softmax(z): classes with logits z.
 *
 * Shapes: outputs (B, C); targets class indices (B), or weights (B, C) as in label smoothing. Outputs (B, T, C) are
 * classes at each of T steps, with targets (B, T) or (B, T, C); the losses of a sample's steps add up.
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
      isSumOverSteps: true,
      checkTarget: (output, target) => checkClassTarget(name, output, target),
      evaluate: (z, y, gradient) => {
        checkClasses(name, z, y);
        if (gradient !== undefined) checkResult(name, z, gradient, [z, y]);
        const family = kernels(z.dtype);
        const evaluate = isIndices(z, y)
          ? family.softmax_xent_index_loss
          : family.softmax_xent_loss;
        return evaluate(...choices(z), z.pointer, y.pointer, gradient?.pointer ?? 0);
      },
      hessianProduct: (z, y, u, out) => {
        checkClasses(name, z, y);
        checkRowProduct(name, z, y, u, out);
        kernels(z.dtype).softmax_xent_hessian(
          ...choices(z),
          z.pointer,
          isIndices(z, y) ? 0 : y.pointer,
          u.pointer,
          out.pointer,
        );
      },
      hessianRoot: softmaxRoot,
      meanHessian: (z, y, projection, work, out) => {
        checkClasses(name, z, y);
        checkMeanHessian(name, z, y, projection, work, out);
        softmaxMeanHessian(z, y, work, out);
      },
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
      isSumOverSteps: true,
      checkTarget: (output, target) => checkClassTarget(name, output, target),
      evaluate: (z, y, gradient) => {
        checkClasses(name, z, y);
        if (gradient !== undefined) checkResult(name, z, gradient, [z, y]);
        const family = kernels(z.dtype);
        const evaluate = isIndices(z, y)
          ? family.expected_zero_one_index_loss
          : family.expected_zero_one_loss;
        return evaluate(...choices(z), z.pointer, y.pointer, gradient?.pointer ?? 0);
      },
      hessianProduct: (z, y, u, out) => {
        checkClasses(name, z, y);
        checkRowProduct(name, z, y, u, out);
        const family = kernels(z.dtype);
        const multiply = isIndices(z, y)
          ? family.expected_zero_one_index_hessian
          : family.expected_zero_one_hessian;
        multiply(...choices(z), z.pointer, y.pointer, u.pointer, out.pointer);
      },
    } satisfies Loss,
  );
}
