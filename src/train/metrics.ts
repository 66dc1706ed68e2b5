import { checkMethods, checkString, describe } from "../runtime/arguments.ts";
import { kernels } from "../runtime/instance.ts";
import { cast } from "../tensor/create.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { checkTensor, Tensor } from "../tensor/tensor.ts";

/** A figure of merit, averaged over samples. */
export interface Metric {
  /** Its name in reports, for example "accuracy". */
  readonly name: string;
  /** The sum over the samples of a batch. */
  evaluate(output: Tensor, target: Tensor): number;
}

/** Refuses what is not a list of metrics, or two of one name: each has its own figure. */
export function checkMetrics(action: string, metrics: unknown): void {
  if (!Array.isArray(metrics)) {
    throw new TypeError(`Cannot ${action}: the metrics must be an array, not ${describe(metrics)}`);
  }
  const taken = new Set(["loss"]);
  for (const metric of metrics) {
    checkMethods(action, "each metric", metric, ["evaluate"], "a metric, such as accuracy() makes");
    const { name } = metric as Metric;
    checkString(action, "the name of a metric", name);
    if (taken.has(name)) {
      throw new TypeError(`Cannot ${action}: the name ${describe(name)} of a metric is taken`);
    }
    taken.add(name);
  }
}

/** Refuses what is not outputs of samples, with targets of one of these shapes. */
function checkPair(metric: string, output: Tensor, target: Tensor, takesIndices: boolean): void {
  const action = `evaluate ${metric}`;
  checkTensor(action, "the output", output);
  checkTensor(action, "the target", target);
  const isLike = output.size > 0 && sameShape(output.shape, target.shape);
  const isIndices = takesIndices && sameShape(output.shape.slice(0, -1), target.shape);
  if ((isLike || isIndices) && (output.shape.length > 1 || !takesIndices)) return;
  throw new TypeError(
    `Cannot ${action}: outputs have shape ${formatShape(output.shape)}, targets ${
      formatShape(target.shape)
    }`,
  );
}

/**
 * The share of samples whose largest output is at the target class.
 *
 * Targets are class indices (B) or weights (B, C), of which the largest counts. Of outputs (B, T, C) the share of
 * each sample's steps counts.
 *
 * @example
 * ```ts
 * import { accuracy, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using output = tensor([[0.1, 2], [3, 1]]);
 * using target = tensor([1, 1]);
 * assertEquals(accuracy().evaluate(output, target), 1);
 * ```
 */
export function accuracy(): Metric {
  return Object.freeze({
    name: "accuracy",
    evaluate: (output: Tensor, target: Tensor): number => {
      checkPair("accuracy", output, target, true);
      const { shape, size } = output;
      const classes = shape[shape.length - 1], rows = size / classes;
      const isIndices = target.shape.length < shape.length;
      const correct = alike(output, target, (z, y) => {
        const { count_hits } = kernels(z.dtype);
        return count_hits(rows, classes, z.pointer, y.pointer, isIndices ? 1 : 0);
      });
      return correct * shape[0] / rows;
    },
  });
}

/**
 * The mean over outputs of (z - y)².
 *
 * @example
 * ```ts
 * import { meanSquaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using output = tensor([[1, 2]]);
 * using target = tensor([[1, 4]]);
 * assertEquals(meanSquaredError().evaluate(output, target), 2);
 * ```
 */
export function meanSquaredError(): Metric {
  return Object.freeze({
    name: "meanSquaredError",
    evaluate: (output: Tensor, target: Tensor): number => {
      checkPair("meanSquaredError", output, target, false);
      return squaredDistance(output, target) * output.shape[0] / output.size;
    },
  });
}

/**
 * The mean over pixels of (sigmoid(z) - y)², for autoencoders with logits.
 *
 * @example
 * ```ts
 * import { reconstructionError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using output = tensor([[0, 0]]);
 * using target = tensor([[0, 1]]);
 * assertEquals(reconstructionError().evaluate(output, target), 0.25);
 * ```
 */
export function reconstructionError(): Metric {
  return Object.freeze({
    name: "reconstructionError",
    evaluate: (output: Tensor, target: Tensor): number => {
      checkPair("reconstructionError", output, target, false);
      using probability = new Tensor(output.dtype, output.shape);
      kernels(output.dtype).sigmoid(output.size, output.pointer, probability.pointer);
      return squaredDistance(probability, target) * output.shape[0] / output.size;
    },
  });
}

function squaredDistance(a: Tensor, b: Tensor): number {
  return alike(a, b, (x, y) => kernels(x.dtype).squared_distance(x.size, x.pointer, y.pointer));
}

/** Measures two tensors in one dtype: their own, or float64, which holds the elements of any. */
function alike(a: Tensor, b: Tensor, measure: (x: Tensor, y: Tensor) => number): number {
  if (a.dtype === b.dtype) return measure(a, b);
  using x = cast(a, "float64");
  using y = cast(b, "float64");
  return measure(x, y);
}
