// In JavaScript: a checker runs on a few samples, once, for whoever writes a layer, a loss or a model.
import { checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { tensor } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Batch, Linearization } from "../linearization.ts";
import type { Loss } from "../losses/loss.ts";
import { checkIsModel, type Model } from "../model.ts";
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
import { Draws, withoutFixed } from "./probe.ts";
import { taylorSlope } from "./taylor.ts";

/** Options of `checkModel()`. */
export interface CheckModelOptions extends PrintOptions {
  /** The loss. */
  readonly loss: Loss;
  /** Samples and targets on which it is evaluated. */
  readonly batch: Batch;
  /** Seed of the directions that are tried. @default 0 */
  readonly seed?: number;
}

const NAMES = namesOf<CheckModelOptions, PrintOptions>(
  { loss: true, batch: true, seed: true },
  PRINT_NAMES,
);

const DIRECTIONS = 4;

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

/** A model on a batch, linearized anew wherever its parameters are moved to. */
class ModelProbe {
  readonly model: Model;
  readonly bounds: Bounds;
  readonly #options: CheckModelOptions;
  readonly #draws: Draws;

  constructor(model: Model, options: CheckModelOptions) {
    this.model = model;
    this.bounds = boundsOf(model.dtype);
    this.#options = options;
    this.#draws = new Draws(options.seed ?? 0);
  }

  /** A direction, zero outside the named site and where parameters count as constants. */
  direction(site?: number): number[] {
    const v = this.#draws.next(this.model.parameterCount);
    for (const { form, weight: { shape: [, columns] }, offset } of this.model.sites) {
      withoutFixed(v, form, columns, offset);
    }
    if (site === undefined) return v;
    const { offset, weight } = this.model.sites[site];
    return v.map((value, p) => p >= offset && p < offset + weight.size ? value : 0);
  }

  cotangent(size: number): number[] {
    return this.#draws.next(size);
  }

  /** What is measured at θ + h v; the parameters are as before afterwards. */
  at<T>(v: readonly number[], h: number, measure: (lin: Linearization) => T): T {
    const { parameters } = this.model;
    const start = parameters.data.slice();
    for (let p = 0; p < start.length; p++) parameters.data[p] = start[p] + h * v[p];
    this.model.parametersChanged();
    try {
      using lin = this.model.linearize(this.#options.loss, this.#options.batch);
      return measure(lin);
    } finally {
      parameters.data.set(start);
      this.model.parametersChanged();
    }
  }

  /** What is measured at the parameters as they are. */
  here<T>(measure: (lin: Linearization) => T): T {
    using lin = this.model.linearize(this.#options.loss, this.#options.batch);
    return measure(lin);
  }

  /** A central difference along v. */
  difference(v: readonly number[], measure: (lin: Linearization) => number[]): number[] {
    const { step } = this.bounds;
    const ahead = this.at(v, step, measure), behind = this.at(v, -step, measure);
    return ahead.map((value, i) => (value - behind[i]) / (2 * step));
  }
}

function elements(made: Tensor): number[] {
  using result = made;
  return [...result.data];
}

function vector(lin: Linearization, values: readonly number[], shape?: readonly number[]): Tensor {
  return tensor(values, { dtype: lin.output.dtype, ...(shape && { shape }) });
}

function pushed(lin: Linearization, v: readonly number[]): number[] {
  using direction = vector(lin, v);
  return elements(lin.jvp(direction));
}

function pulled(lin: Linearization, u: readonly number[]): number[] {
  using cotangent = vector(lin, u, lin.output.shape);
  return elements(lin.vjp(cotangent));
}

function curved(lin: Linearization, v: readonly number[]): number[] {
  using direction = vector(lin, v);
  return elements(lin.hvp(direction));
}

function gaussNewton(lin: Linearization, v: readonly number[]): number[] {
  using direction = vector(lin, v);
  using moved = lin.jvp(direction);
  using weighted = new Tensor(moved.dtype, moved.shape);
  lin.lossFunction.hessianProduct(lin.output, lin.target, moved, weighted);
  return elements(lin.vjp(weighted)).map((value) => value / lin.batchSize);
}

/**
 * Checks a model with its loss on a batch: the gradient at every site is the derivative of the loss, J that of the
 * outputs, Jᵀ its adjoint, the Hessian that of the gradient and symmetric, the Gauss-Newton matrix positive
 * semidefinite where the loss is convex, gradients of samples, unless they meet, average to the gradient, and all repeat to the bit.
 *
 * Every finding has its relative error and its bound; a diagnosis says what is wrong, at which site, and what it
 * looks like. float64 models resolve more. The parameters are moved and put back, to the bit. A kink within
 * 2^-17 of the parameters (2^-9 in float32) would show as an error.
 *
 * @throws {TypeError} when `model` is not a Model, or an option has the wrong type or does not suit it.
 * @throws {RangeError} when the seed is out of range.
 * @throws {DisposedError} when the model was disposed.
 *
 * @example
 * ```ts
 * import { dense, sequential, squaredError, tanh, tensor } from "curvature";
 * import { checkModel } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], dtype: "float64" }, [dense(3), tanh(), dense(1)]);
 * using input = tensor([[1, 2], [3, 4]], { dtype: "float64" });
 * using target = tensor([[1], [0]], { dtype: "float64" });
 * const { isSound } = checkModel(model, { loss: squaredError(), batch: { input, target } });
 * assert(isSound);
 * ```
 */
export function checkModel(model: Model, options: CheckModelOptions): CheckReport {
  const action = "check a model";
  checkIsModel(action, model);
  checkOptions(action, options, NAMES);
  if (options.seed !== undefined) checkWhole(action, "the seed", options.seed, 0);
  checkPrint(action, options);
  const findings: Finding[] = [];
  const probe = new ModelProbe(model, options);
  probe.here(() => {}); // refuses itself what does not suit
  try {
    findings.push(checkRepeats(probe));
    for (const site of model.sites.keys()) findings.push(checkGradient(probe, site));
    findings.push(...checkSampleGradients(probe), ...checkJacobian(probe));
    findings.push(...checkHessian(probe), ...checkGaussNewton(probe, options.loss));
  } catch (error) {
    findings.push(failure("the model can be evaluated", error));
  }
  return report("the model", findings, options);
}

function checkRepeats(probe: ModelProbe): Finding {
  const all = (): number[] =>
    probe.here((lin) => [lin.loss, ...lin.output.data, ...elements(lin.gradient())]);
  const check = "loss and gradient repeat to the bit";
  return compareBits(check, "loss or gradient give other bits when they repeat", all(), all());
}

function checkGradient(probe: ModelProbe, site: number): Finding {
  const { model: { sites }, bounds } = probe;
  const where = `the gradient at site "${sites[site].name}"`;
  const [value, gradient, batchSize] = probe.here((lin) =>
    [lin.loss, elements(lin.gradient()), lin.batchSize] as const
  );
  const directions = Array.from({ length: DIRECTIONS }, () => probe.direction(site));
  const finding = compare({
    check: `${where} is the derivative of the loss`,
    broken: `${where} is not the derivative of the loss`,
    found: directions.map((v) => dot(gradient, v)),
    expected: directions.map((v) => probe.difference(v, (lin) => [lin.loss])[0]),
    scale: bounds.floor * Math.abs(value),
    bound: bounds.difference,
    batchSize,
  });
  const [v] = directions;
  const remainder = (h: number): number =>
    probe.at(v, h, (lin) => lin.loss) - value - h * dot(gradient, v);
  const slope = taylorSlope(remainder, bounds.identity * (1 + Math.abs(value)));
  return withSlope(finding, slope, 2);
}

/** Nothing where samples meet: none has a gradient of its own rows. */
function checkSampleGradients(probe: ModelProbe): Finding[] {
  const { bounds, model: { parameterCount } } = probe;
  if (probe.here(({ coupledBy }) => coupledBy)) return [];
  const [rows, mean] = probe.here((lin) =>
    [elements(lin.perSampleGradients()), elements(lin.gradient())] as const
  );
  const batchSize = rows.length / parameterCount;
  const sums = mean.map((_, p) => {
    let sum = 0;
    for (let n = 0; n < batchSize; n++) sum += rows[n * parameterCount + p];
    return sum / batchSize;
  });
  return [compare({
    check: "gradients of samples average to the gradient",
    broken: "gradients of samples do not average to the gradient",
    found: sums,
    expected: mean,
    bound: bounds.identity,
    batchSize,
  })];
}

function checkJacobian(probe: ModelProbe): Finding[] {
  const { bounds } = probe;
  const v = probe.direction();
  const [moved, size] = probe.here((lin) => [pushed(lin, v), lin.output.size] as const);
  const u = probe.cotangent(size);
  const back = probe.here((lin) => pulled(lin, u));
  return [
    compare({
      check: "J is the derivative of the outputs",
      broken: "J is not the derivative of the outputs",
      found: moved,
      expected: probe.difference(v, (lin) => [...lin.output.data]),
      bound: bounds.difference,
    }),
    compare({
      check: "Jᵀ is the adjoint of J",
      broken: "Jᵀ is not the adjoint of J",
      found: [dot(back, v)],
      expected: [dot(moved, u)],
      scale: Math.sqrt(dot(moved, moved) * dot(u, u)),
      bound: bounds.identity,
    }),
  ];
}

function checkHessian(probe: ModelProbe): Finding[] {
  const { bounds } = probe;
  const [u, v] = [probe.direction(), probe.direction()];
  let products: number[][];
  try {
    products = probe.here((lin) => [curved(lin, u), curved(lin, v)]);
  } catch (error) {
    if (error instanceof TypeError && /defines no secondOrder/.test(error.message)) return [];
    throw error;
  }
  const [hu, hv] = products;
  return [
    compare({
      check: "the Hessian is the derivative of the gradient",
      broken: "the Hessian is not the derivative of the gradient",
      found: hu,
      expected: probe.difference(u, (lin) => elements(lin.gradient())),
      bound: bounds.difference,
    }),
    compare({
      check: "the Hessian is symmetric",
      broken: "the Hessian is not symmetric",
      found: [dot(hu, v)],
      expected: [dot(u, hv)],
      scale: Math.sqrt(dot(hu, hu) * dot(v, v)),
      bound: bounds.identity,
    }),
  ];
}

function checkGaussNewton(probe: ModelProbe, { isConvex }: Loss): Finding[] {
  const { bounds } = probe;
  const [u, v] = [probe.direction(), probe.direction()];
  const [gu, gv] = probe.here((lin) => [gaussNewton(lin, u), gaussNewton(lin, v)]);
  const symmetric = compare({
    check: "the Gauss-Newton matrix is symmetric",
    broken: "the Gauss-Newton matrix is not symmetric",
    found: [dot(gu, v)],
    expected: [dot(u, gv)],
    scale: Math.sqrt(dot(gu, gu) * dot(v, v)),
    bound: bounds.identity,
  });
  if (!isConvex) return [symmetric];
  const forms = [[dot(u, gu), dot(u, u)], [dot(v, gv), dot(v, v)]] as const;
  const largest = Math.max(...forms.map(([form, square]) => Math.abs(form) / square));
  const what = "the Gauss-Newton matrix of a convex loss";
  return [symmetric, positive(what, forms, largest, bounds.identity)];
}
