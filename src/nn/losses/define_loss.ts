// The adapter that makes a loss of a user's own functions of one sample.
import { copy, fill, firstNonFinite } from "../../ops/vector.ts";
import {
  checkBoolean,
  checkFunction,
  checkMethods,
  checkNamed,
  checkNumber,
  checkString,
  checkWhole,
  namesOf,
} from "../../runtime/arguments.ts";
import { checkVersion, plainRecord } from "../../runtime/plain_data.ts";
import type { FloatArray } from "../../runtime/dtype.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { checkKey, type RandomKey, uniform } from "../../tensor/random.ts";
import { formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import { checkTensor, Tensor } from "../../tensor/tensor.ts";
import {
  checkOperand,
  checkOutput,
  checkOutputShape,
  checkResiduals,
  checkResult,
  checkRowProduct,
} from "./arguments.ts";
import { deriveRoots } from "./derived_root.ts";
import { checkFiniteTarget, type HessianRoot, type Loss } from "./loss.ts";
import type { LossDefinition } from "./own_loss.ts";

const ACTION = "define a loss";
const FIRST_VERSION = 1;

const NAMES = namesOf<LossDefinition>({
  name: true,
  options: true,
  version: true,
  isConvex: true,
  isSumOverSteps: true,
  targetShape: true,
  value: true,
  gradient: true,
  hessianProduct: true,
  hessianRoot: true,
  residuals: true,
  sample: true,
});

/** Views of sample n; made anew each time, because memory may have moved. */
function sampleOf(tensor: Tensor, n: number, batchSize: number): FloatArray {
  const width = tensor.size / batchSize;
  return tensor.data.subarray(n * width, (n + 1) * width);
}

/** The same, filled with zeros. What fill() returns is not used: in hot code Firefox 153 takes it for the whole array. */
function zeroSampleOf(tensor: Tensor, n: number, batchSize: number): FloatArray {
  const own = sampleOf(tensor, n, batchSize);
  own.fill(0);
  return own;
}

/**
 * Makes a loss of functions of one sample on typed arrays.
 *
 * The library sums over samples, divides by their number and names the loss when it makes what is not finite of
 * finite outputs. Functions must not make tensors, keep the arrays or depend on anything else. `checkLoss()` tells
 * whether they fit together.
 *
 * A convex loss without `hessianRoot` gets one that is derived from its products, where methods ask for it: exact, for
 * K outputs K products and K³ flops for each sample. Functions are not part of a checkpoint's signature: `options` and
 * `version` are, so settings belong into the one, and changed functions get another of the other.
 *
 * Cost: a call of each function for each sample, in JavaScript.
 *
 * @throws {TypeError} when the definition lacks a function, a name or `isConvex`, has options that are no plain data, a
 * root of what is not convex, or residuals without one.
 *
 * @example
 * ```ts
 * import { defineLoss } from "curvature";
 * import { checkLoss } from "curvature/layers";
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
  checkDefinition(definition);
  const { name, isConvex, targetShape = (output: Shape) => output, sample, residuals } = definition;
  const { isSumOverSteps = false, version = FIRST_VERSION, options = {} } = definition;
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
  const multiply: Loss["hessianProduct"] = (z, y, u, out) => {
    const [batchSize] = z.shape;
    for (let n = 0; n < batchSize; n++) {
      const direction = sampleOf(u, n, batchSize);
      const result = zeroSampleOf(out, n, batchSize);
      const [own, target] = [sampleOf(z, n, batchSize), sampleOf(y, n, batchSize)];
      definition.hessianProduct(own, target, direction, result);
    }
    checkFinite(name, "hessianProduct()", out, [z, u]);
  };
  return Object.freeze(
    {
      name,
      options: plainRecord(ACTION, "options", options),
      version,
      isConvex,
      isSumOverSteps,
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
        multiply(z, y, u, out);
      },
      ...(isConvex && {
        hessianRoot: (z: Tensor, y: Tensor, work: Tensor): HessianRoot => {
          checkPair(z, y);
          checkResult(name, z, work, [z, y]);
          const write = definition.hessianRoot
            ? ownRoot(definition, z, y, work)
            : derivedRoot(deriveRoots(name, z, (u, out) => multiply(z, y, u, out)));
          return (column, out) => {
            checkWhole(`evaluate ${name}`, "the column", column, 0, z.size / z.shape[0] - 1);
            checkResult(name, z, out, [z, y, work]);
            write(column, out);
            checkFinite(name, "hessianRoot()", out, [work]);
          };
        },
      }),
      ...(residuals && {
        residuals: (z: Tensor, y: Tensor, out: Tensor): void => {
          checkPair(z, y);
          checkResiduals(name, z, y, out);
          const [batchSize] = z.shape;
          for (let n = 0; n < batchSize; n++) {
            const [own, target] = [sampleOf(z, n, batchSize), sampleOf(y, n, batchSize)];
            residuals(own, target, zeroSampleOf(out, n, batchSize));
          }
          checkFinite(name, "residuals()", out, [z]);
        },
      }),
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

function checkDefinition(definition: LossDefinition): void {
  checkMethods(ACTION, "the definition", definition, ["value", "gradient", "hessianProduct"]);
  checkNamed(ACTION, "the definition", definition, NAMES);
  const { name, version, isConvex, isSumOverSteps, hessianRoot, residuals } = definition;
  checkString(ACTION, "the name", name);
  checkBoolean(ACTION, "isConvex", isConvex);
  if (version !== undefined) checkVersion(ACTION, version);
  if (isSumOverSteps !== undefined) checkBoolean(ACTION, "isSumOverSteps", isSumOverSteps);
  const { targetShape, sample } = definition;
  for (const [what, given] of Object.entries({ targetShape, hessianRoot, residuals, sample })) {
    if (given !== undefined) checkFunction(ACTION, what, given);
  }
  if (hessianRoot && !isConvex) {
    throw new TypeError(`Cannot ${ACTION}: ${name} has a root of its Hessian, but is not convex`);
  }
  if (residuals && !hessianRoot) {
    throw new TypeError(`Cannot ${ACTION}: the residuals of ${name} need its hessianRoot()`);
  }
}

/** The author's root at z, which `work` keeps, and y. */
function ownRoot(
  { hessianRoot }: LossDefinition,
  z: Tensor,
  y: Tensor,
  work: Tensor,
): HessianRoot {
  const [batchSize] = z.shape, targets = y.data.slice(), width = y.size / batchSize;
  copy(z, work);
  return (column, out) => {
    // In JavaScript: a loss of the user's own is written in it.
    for (let n = 0; n < batchSize; n++) {
      const target = targets.subarray(n * width, (n + 1) * width);
      const s = zeroSampleOf(out, n, batchSize);
      hessianRoot!(sampleOf(work, n, batchSize), target, column, s);
    }
  };
}

/** Roots (K, K) of all samples, column by column. */
function derivedRoot(roots: Float64Array): HessianRoot {
  return (column, { data, size }) => {
    const width = roots.length / size;
    // In JavaScript: a loss of the user's own is written in it.
    for (let i = 0; i < size; i++) data[i] = roots[i * width + column];
  };
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
