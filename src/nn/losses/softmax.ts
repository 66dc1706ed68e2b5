// Losses of class probabilities p = softmax(z). Targets are class indices (B) or weights of the classes
// (B, C); the latter need not sum to one. Outputs (B, T, C) are T choices of a class for each sample, whose losses
// add up; their targets are indices (B, T) or weights (B, T, C).
import { gram } from "../../ops/gemm.ts";
import { Matrix, matrix } from "../../ops/matrix.ts";
import { inWorkspace, rowDots } from "../../ops/row_products.ts";
import { copyRows } from "../../ops/rows.ts";
import { fill } from "../../ops/vector.ts";
import { checkWhole } from "../../runtime/arguments.ts";
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
  const i = kernels(target.dtype).first_no_class(target.size, classes, target.pointer);
  if (i < 0) return;
  throw new RangeError(
    `Cannot evaluate ${name}: the class of sample ${i} is ${target.data[i]}, not one of 0 to ${
      classes - 1
    }`,
  );
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
  kernels(drawn.dtype).draw_classes(rows, classes, probability.pointer, drawn.pointer);
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
  const weights = isIndices(z, target) ? undefined : choiceWeights(target, rows);
  return (column, out) => {
    checkWhole(`evaluate ${name}`, "the column", column, 0, rowsOfSample * classes - 1);
    checkResult(name, z, out, [z, target, work]);
    const [choice, chosen] = [Math.floor(column / classes), column % classes];
    fill(out, 0);
    const pointer = weights ? inWorkspace(weights) : 0;
    const given = [rows, classes, choice, rowsOfSample, chosen, pointer] as const;
    kernels(z.dtype).softmax_root(...given, work.pointer, out.pointer);
  };
}

/** Sums of the weights of every choice. */
function choiceWeights(target: Tensor, rows: number): Float64Array {
  using sums = new Tensor("float64", [rows]);
  return Float64Array.from(rowDots(target, undefined, sums).data);
}

/**
 * mean w (diag p - p pᵀ), w the weight of a choice; zero between choices. It is positive semidefinite, so nothing
 * is projected.
 */
function softmaxMeanHessian(z: Tensor, target: Tensor, work: Tensor, out: Tensor): void {
  const [rows, classes] = choices(z), [batchSize] = z.shape, width = z.size / batchSize;
  kernels(z.dtype).softmax(rows, classes, z.pointer, work.pointer);
  using block = new Tensor(z.dtype, [classes, classes]);
  using diagonal = fill(new Tensor("float64", [width]), 0);
  using weights = isIndices(z, target) ? undefined : new Tensor("float64", [rows]);
  if (weights) rowDots(target, undefined, weights);
  const { softmax_mean, narrow_added } = kernels(z.dtype);
  const given = [rows, classes, width, batchSize, weights ? weights.pointer : 0] as const;
  softmax_mean(...given, work.pointer, diagonal.pointer);
  fill(out, 0);
  for (let first = 0; first < width; first += classes) {
    const choice = work.view([work.size - first], first);
    gram(new Matrix(choice, batchSize, classes, width), block, { alpha: -1 / batchSize });
    const start = first * (width + 1), corner = out.view([out.size - start], start);
    copyRows(matrix(block), new Matrix(corner, classes, classes, width));
    narrow_added(classes, diagonal.view([classes], first).pointer, corner.pointer, width + 1);
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
