// A loss of a user's own: functions of one sample on views of memory, and the adapter that makes a loss of them.
import { fill, firstNonFinite } from "../../ops/vector.ts";
import {
  checkBoolean,
  checkFunction,
  checkMethods,
  checkNamed,
  checkNumber,
  checkString,
  namesOf,
} from "../../runtime/arguments.ts";
import type { FloatArray } from "../../runtime/dtype.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { checkKey, type RandomKey, uniform } from "../../tensor/random.ts";
import { formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import { checkTensor, Tensor } from "../../tensor/tensor.ts";
import {
  checkOperand,
  checkOutput,
  checkOutputShape,
  checkResult,
  checkRowProduct,
} from "./arguments.ts";
import { checkFiniteTarget, type Loss } from "./loss.ts";

/** A loss l(z, target) of one sample, as its author describes it. */
export interface LossDefinition {
  /** What messages call it, for example "logCosh". */
  readonly name: string;
  /** True when the Hessian in z is positive semidefinite everywhere. */
  readonly isConvex: boolean;
  /** The shape of a sample's target for that of a sample's output. @default the same */
  readonly targetShape?: (output: Shape) => Shape;
  /** l(z, target). */
  value(z: FloatArray, target: FloatArray): number;
  /** g = dl/dz; g is zero before. */
  gradient(z: FloatArray, target: FloatArray, g: FloatArray): void;
  /** out = H u, H = d²l/dz²; out is zero before and is not u. */
  hessianProduct(z: FloatArray, target: FloatArray, u: FloatArray, out: FloatArray): void;
  /**
   * Writes a target drawn from the distribution of which l is the negative log-likelihood, from uniform numbers in
   * [0, 1), as many as z has elements. @default none: `fisher()` refuses the loss
   */
  readonly sample?: (z: FloatArray, uniforms: FloatArray, target: FloatArray) => void;
}

const NAMES = namesOf<LossDefinition>({
  name: true,
  isConvex: true,
  targetShape: true,
  value: true,
  gradient: true,
  hessianProduct: true,
  sample: true,
});

/** Views of sample n; made anew each time, because memory may have moved. */
function sampleOf(tensor: Tensor, n: number, batchSize: number): FloatArray {
  const width = tensor.size / batchSize;
  return tensor.data.subarray(n * width, (n + 1) * width);
}

/**
 * Makes a loss of functions of one sample on typed arrays.
 *
 * The library sums over samples, divides by their number and names the loss when it makes what is not finite of
 * finite outputs. Functions must not make tensors, keep the arrays or depend on anything else. `checkLoss()` tells
 * whether they fit together.
 *
 * Cost: a call of each function for each sample, in JavaScript.
 *
 * @throws {TypeError} when the definition lacks a function, a name or `isConvex`.
 *
 * @example
 * ```ts
 * import { checkLoss, defineLoss } from "curvature";
 * import { assert } from "@std/assert";
 *
 * const cube = (r: number): number => r * r * r;
 * const quartic = defineLoss({
 *   name: "quartic",
 *   isConvex: true,
 *   value: (z, y) => {
 *     let sum = 0;
 *     z.forEach((v, i) => sum += cube(v - y[i]) * (v - y[i]));
 *     return sum;
 *   },
 *   gradient: (z, y, g) => z.forEach((v, i) => g[i] = 4 * cube(v - y[i])),
 *   hessianProduct: (z, y, u, out) =>
 *     z.forEach((v, i) => out[i] = 12 * (v - y[i]) * (v - y[i]) * u[i]),
 * });
 * assert(checkLoss(quartic, { output: [3] }).isSound);
 * ```
 */
export function defineLoss(definition: LossDefinition): Loss {
  const action = "define a loss";
  checkMethods(action, "the definition", definition, ["value", "gradient", "hessianProduct"]);
  checkNamed(action, "the definition", definition, NAMES);
  const { name, isConvex, targetShape = (output: Shape) => output, sample } = definition;
  checkString(action, "the name", name);
  checkBoolean(action, "isConvex", isConvex);
  checkFunction(action, "targetShape", targetShape);
  if (sample !== undefined) checkFunction(action, "sample", sample);
  const targetOf = ([batchSize, ...output]: Shape): Shape => [batchSize, ...targetShape(output)];
  const checkTarget = (output: Shape, target: Tensor): void => {
    checkOutputShape(name, output);
    checkTensor(`evaluate ${name}`, "the target", target);
    const expected = targetOf(output);
    if (sameShape(target.shape, expected)) return;
    throw new TypeError(
      `Cannot evaluate ${name}: targets must have shape ${formatShape(expected)}, not ${
        formatShape(target.shape)
      }`,
    );
  };
  const checkPair = (z: Tensor, y: Tensor): void => {
    checkOutput(name, z);
    checkOperand(name, "the target", z, y);
    checkTarget(z.shape, y);
  };
  return Object.freeze(
    {
      name,
      isConvex,
      checkTarget: (output, target) => {
        checkTarget(output, target);
        checkFiniteTarget(name, target);
      },
      evaluate: (z, y, gradient) => {
        checkPair(z, y);
        if (gradient !== undefined) checkResult(name, z, gradient, [z, y]);
        const [batchSize] = z.shape;
        let total = 0;
        if (gradient) fill(gradient, 0);
        for (let n = 0; n < batchSize; n++) {
          const [own, target] = [sampleOf(z, n, batchSize), sampleOf(y, n, batchSize)];
          const value = checkedValue(name, definition.value(own, target), z);
          total += value;
          if (gradient) definition.gradient(own, target, sampleOf(gradient, n, batchSize));
        }
        if (gradient) checkFinite(name, "gradient()", gradient, [z]);
        return total;
      },
      hessianProduct: (z, y, u, out) => {
        checkPair(z, y);
        checkRowProduct(name, z, y, u, out);
        const [batchSize] = z.shape;
        for (let n = 0; n < batchSize; n++) {
          const direction = sampleOf(u, n, batchSize);
          const result = sampleOf(out, n, batchSize).fill(0);
          const [own, target] = [sampleOf(z, n, batchSize), sampleOf(y, n, batchSize)];
          definition.hessianProduct(own, target, direction, result);
        }
        checkFinite(name, "hessianProduct()", out, [z, u]);
      },
      ...(sample && {
        sample: (output: Tensor, key: RandomKey): Tensor => {
          checkOutput(name, output);
          checkKey(`sample targets of ${name}`, key);
          const { dtype, shape } = output;
          const [batchSize] = shape;
          using uniforms = uniform(key, shape, { dtype });
          const drawn = fill(new Tensor(dtype, targetOf(shape)), 0);
          for (let n = 0; n < batchSize; n++) {
            const [z, u, y] = [output, uniforms, drawn].map((t) => sampleOf(t, n, batchSize));
            sample(z, u, y);
          }
          return drawn;
        },
      }),
    } satisfies Loss,
  );
}

function checkedValue(name: string, value: unknown, z: Tensor): number {
  if (typeof value !== "number") checkNumber(`evaluate ${name}`, "its value", value);
  if (!Number.isFinite(value) && firstNonFinite(z) < 0) {
    throw new NonFiniteError("evaluate the loss", `loss "${name}", value()`);
  }
  return value as number;
}

/** Names the loss when it makes what is not finite of what is. */
function checkFinite(name: string, what: string, result: Tensor, given: readonly Tensor[]): void {
  if (firstNonFinite(result) < 0 || given.some((t) => firstNonFinite(t) >= 0)) return;
  throw new NonFiniteError("evaluate the loss", `loss "${name}", ${what}`);
}
