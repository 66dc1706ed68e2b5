// In JavaScript: a checker runs on a few samples, once, for whoever writes a layer, a loss or a model.
import { checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { checkDType, type DType } from "../../runtime/dtype.ts";
import { Scope } from "../../runtime/scope.ts";
import { checkShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import { checkTensor, Tensor } from "../../tensor/tensor.ts";
import { checkIsLoss, type Loss } from "../losses/loss.ts";
import { checkCapabilities } from "./check_capabilities.ts";
import {
  type Bounds,
  boundsOf,
  checkPrint,
  type CheckReport,
  compare,
  compareBits,
  failure,
  type Finding,
  positive,
  PRINT_NAMES,
  type PrintOptions,
  report,
  withSlope,
} from "./finding.ts";
import { Draws } from "./probe.ts";
import { taylorSlope } from "./taylor.ts";

/** Options of `checkLoss()`. */
export interface CheckLossOptions extends PrintOptions {
  /** Shape of one output sample. */
  readonly output: Shape;
  /** Targets (B, …), as the loss takes them. @default random numbers in [0, 1) like the outputs */
  readonly target?: Tensor;
  /** Samples, unless a target is given. @default 4 */
  readonly batchSize?: number;
  /** Element type, unless a target is given. @default "float64" */
  readonly dtype?: DType;
  /** Seed of the points and directions that are tried. @default 0 */
  readonly seed?: number;
}

const NAMES = namesOf<CheckLossOptions, PrintOptions>({
  output: true,
  target: true,
  batchSize: true,
  dtype: true,
  seed: true,
}, PRINT_NAMES);

const DIRECTIONS = 6;

/** A loss at random outputs. */
class LossProbe {
  readonly z: Tensor;
  readonly y: Tensor;
  readonly #loss: Loss;
  readonly #u: Tensor;
  readonly #out: Tensor;

  constructor(loss: Loss, z: Tensor, y: Tensor, scope: Scope) {
    this.#loss = loss;
    this.z = z;
    this.y = y;
    this.#u = scope.own(new Tensor(z.dtype, z.shape));
    this.#out = scope.own(new Tensor(z.dtype, z.shape));
  }

  value(): number {
    return this.#loss.evaluate(this.z, this.y);
  }

  gradient(): number[] {
    this.#loss.evaluate(this.z, this.y, this.#out);
    return [...this.#out.data];
  }

  product(u: readonly number[]): number[] {
    this.#u.data.set(u);
    this.#loss.hessianProduct(this.z, this.y, this.#u, this.#out);
    return [...this.#out.data];
  }

  /** What is measured at z + h u. */
  along<T>(u: readonly number[], h: number, measure: () => T): T {
    const start = this.z.data.slice();
    for (let i = 0; i < start.length; i++) this.z.data[i] = start[i] + h * u[i];
    try {
      return measure();
    } finally {
      this.z.data.set(start);
    }
  }
}

/**
 * Checks that the functions of a loss fit together, at random outputs: the gradient is the derivative of the
 * value, the Hessian product that of the gradient, symmetric, positive semidefinite where the loss is convex, and
 * all repeat to the bit. What else the loss has is held against them: a root of the Hessian, residuals, and, for outputs
 * (T, …), that it is a sum over steps.
 *
 * Every finding has its relative error and its bound; a diagnosis says what is wrong and what it looks like.
 *
 * @throws {TypeError} when `loss` is not a loss, or an option has the wrong type or does not suit the loss.
 * @throws {RangeError} when a size or the seed is out of range, or a target has no meaning for the loss.
 *
 * @example
 * ```ts
 * import { defineLoss, huber } from "curvature";
 * import { checkLoss } from "curvature/layers";
 * import { assert, assertMatch } from "@std/assert";
 *
 * assert(checkLoss(huber(), { output: [3] }).isSound);
 *
 * const wrong = defineLoss({
 *   name: "square",
 *   isConvex: true,
 *   value: (z, y) => {
 *     let sum = 0;
 *     z.forEach((v, i) => sum += (v - y[i]) * (v - y[i]));
 *     return sum;
 *   },
 *   gradient: (z, y, g) => z.forEach((v, i) => g[i] = v - y[i]),
 *   hessianProduct: (_z, _y, u, out) => u.forEach((v, i) => out[i] = v),
 * });
 * const { findings } = checkLoss(wrong, { output: [3], print: () => {} });
 * const { diagnosis } = findings.find(({ holds }) => !holds)!;
 * assertMatch(diagnosis!, /the gradient is not the derivative of the value.*a factor 1\/2/);
 * ```
 */
export function checkLoss(loss: Loss, options: CheckLossOptions): CheckReport {
  const action = "check a loss";
  checkIsLoss(action, loss);
  checkOptions(action, options, NAMES);
  const { output, target, seed = 0 } = options;
  if (target !== undefined) checkTensor(action, "the target", target);
  const { batchSize = target?.shape[0] ?? 4, dtype = target?.dtype ?? "float64" } = options;
  checkShape(action, output);
  checkWhole(action, "batchSize", batchSize, 1);
  checkShape(action, [batchSize, ...output]);
  checkDType(action, dtype);
  if (target !== undefined) {
    if (target.dtype !== dtype) {
      throw new TypeError(`Cannot ${action}: the target is ${target.dtype}, not ${dtype}`);
    }
    loss.checkTarget([batchSize, ...output], target);
  }
  checkWhole(action, "the seed", seed, 0);
  checkPrint(action, options);
  using scope = new Scope();
  const draws = new Draws(seed);
  const z = draws.fill(scope.own(new Tensor(dtype, [batchSize, ...output])));
  const y = target ?? draws.fill(scope.own(new Tensor(dtype, z.shape)));
  if (!target) y.data.forEach((value, i) => y.data[i] = (value + 1) / 2);
  loss.checkTarget(z.shape, y);
  const findings: Finding[] = [];
  try {
    const probe = new LossProbe(loss, z, y, scope);
    const bounds = boundsOf(dtype);
    const size = sizeOf(z.shape);
    findings.push(...checkRepeats(probe, draws.next(size)));
    findings.push(checkGradient(probe, draws, bounds));
    findings.push(...checkProducts(probe, draws, bounds, loss.isConvex));
    findings.push(...checkCapabilities({ loss, z, y }, draws, bounds));
  } catch (error) {
    findings.push(failure("the loss can be evaluated", error));
  }
  return report(`loss "${loss.name}"`, findings, options);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

function checkRepeats(probe: LossProbe, u: readonly number[]): Finding[] {
  const first = [probe.value(), ...probe.gradient(), ...probe.product(u)];
  const again = [probe.value(), ...probe.gradient(), ...probe.product(u)];
  const check = "the loss repeats to the bit";
  return [compareBits(check, "the loss gives other bits when it repeats", again, first)];
}

function checkGradient(probe: LossProbe, draws: Draws, bounds: Bounds): Finding {
  const gradient = probe.gradient();
  const { step } = bounds;
  const directions = Array.from({ length: DIRECTIONS }, () => draws.next(gradient.length));
  const at = (u: readonly number[], h: number): number => probe.along(u, h, () => probe.value());
  const finding = compare({
    check: "the gradient is the derivative of the value",
    broken: "the gradient is not the derivative of the value",
    found: directions.map((u) => dot(gradient, u)),
    expected: directions.map((u) => (at(u, step) - at(u, -step)) / (2 * step)),
    bound: bounds.difference,
    batchSize: probe.z.shape[0],
  });
  const [u] = directions;
  const [value, slope] = [probe.value(), dot(gradient, u)];
  const floor = bounds.identity * (1 + Math.abs(value));
  return withSlope(finding, taylorSlope((h) => at(u, h) - value - h * slope, floor), 2);
}

function checkProducts(
  probe: LossProbe,
  draws: Draws,
  bounds: Bounds,
  isConvex: boolean,
): Finding[] {
  const size = probe.z.size;
  const [u, v] = [draws.next(size), draws.next(size)];
  const [hu, hv] = [probe.product(u), probe.product(v)];
  const { step } = bounds;
  const [ahead, behind] = [step, -step].map((h) => probe.along(u, h, () => probe.gradient()));
  const scale = Math.sqrt(dot(hu, hu) * dot(v, v));
  const findings = [
    compare({
      check: "the Hessian product is the derivative of the gradient",
      broken: "the Hessian product is not the derivative of the gradient",
      found: hu,
      expected: ahead.map((g, i) => (g - behind[i]) / (2 * step)),
      bound: bounds.difference,
      batchSize: probe.z.shape[0],
    }),
    compare({
      check: "the Hessian is symmetric",
      broken: "the Hessian is not symmetric",
      found: [dot(hu, v)],
      expected: [dot(u, hv)],
      scale,
      bound: bounds.identity,
    }),
  ];
  if (!isConvex) return findings;
  const forms = Array.from({ length: DIRECTIONS }, () => draws.next(size)).map((w) =>
    [dot(w, probe.product(w)), dot(w, w)] as const
  );
  const largest = Math.max(...forms.map(([form, square]) => Math.abs(form) / square));
  const what = "the Hessian of a loss that is said to be convex";
  return [...findings, positive(what, forms, largest, bounds.identity)];
}
