// In JavaScript: a checker runs on a few samples, once, for whoever writes a layer, a loss or a model.
import { checkOptions, checkWhole, namesOf } from "../../runtime/arguments.ts";
import { checkDType, type DType } from "../../runtime/dtype.ts";
import { checkShape, type Shape } from "../../tensor/shape.ts";
import { checkIsLayer, type Layer } from "../layers/layer.ts";
import type { Coupling } from "../layers/layer_state.ts";
import {
  type Bounds,
  boundsOf,
  checkPrint,
  type CheckReport,
  compare,
  compareBits,
  failure,
  type Finding,
  PRINT_NAMES,
  type PrintOptions,
  report,
} from "./finding.ts";
import { Draws, elementsOf, LayerProbe } from "./probe.ts";

/** Options of `checkLayer()`. */
export interface CheckLayerOptions extends PrintOptions {
  /** Shape of one input sample. */
  readonly input: Shape;
  /** Samples in the batch. @default 3 */
  readonly batchSize?: number;
  /** Element type; float32 resolves only gross errors. @default "float64" */
  readonly dtype?: DType;
  /** Seed of the points and directions that are tried. @default 0 */
  readonly seed?: number;
}

const NAMES = namesOf<CheckLayerOptions, PrintOptions>({
  input: true,
  batchSize: true,
  dtype: true,
  seed: true,
}, PRINT_NAMES);

/** Directions that adjoints are tried in: enough to tell a factor from a missing term. */
const DIRECTIONS = 6;

const inner = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number =>
  a.reduce((sum, part, p) => {
    for (let i = 0; i < part.length; i++) sum += part[i] * b[p][i];
    return sum;
  }, 0);
const length = (a: readonly ArrayLike<number>[]): number => Math.sqrt(inner(a, a));

/**
 * Checks that the functions of a layer fit together, at a random point: the jvp is the derivative of the
 * forward pass, the vjp is its adjoint in input and every parameter, the second order is the derivative of the
 * vjp, no sample looks at another, in training only in layers that say so, nothing writes to input or parameters, and all repeat to the bit.
 *
 * Every finding has its relative error and its bound; a diagnosis says what is wrong and what it looks like. The
 * layer itself is not changed. A kink within 2^-17 of the point would show as an error.
 *
 * @throws {TypeError} when `layer` is not a layer, or an option has the wrong type.
 * @throws {RangeError} when a size or the seed is out of range.
 *
 * @example
 * ```ts
 * import { conv2d } from "curvature";
 * import { checkLayer, defineLayer } from "curvature/layers";
 * import { assert, assertMatch } from "@std/assert";
 *
 * assert(checkLayer(conv2d(2, { kernel: 3 }), { input: [5, 5, 1] }).isSound);
 *
 * const wrong = defineLayer({
 *   name: "double",
 *   outputShape: (input) => input,
 *   forward: ({ x }, y) => x.forEach((v, i) => y[i] = 2 * v),
 *   vjp: (_, dy, out) => dy.forEach((d, i) => out.x[i] = -2 * d),
 *   jvp: (_, t, dy) => t.x.forEach((v, i) => dy[i] = 2 * v),
 * });
 * const { findings } = checkLayer(wrong, { input: [3], print: () => {} });
 * const { diagnosis } = findings.find(({ holds }) => !holds)!;
 * assertMatch(diagnosis!, /not the adjoint of the jvp: relative error 2.0; the sign is wrong/);
 * ```
 */
export function checkLayer(layer: Layer, options: CheckLayerOptions): CheckReport {
  const action = "check a layer";
  checkIsLayer(action, "the layer", layer);
  checkOptions(action, options, NAMES);
  const { input, batchSize = 3, dtype = "float64", seed = 0 } = options;
  checkShape(action, input);
  checkWhole(action, "batchSize", batchSize, 1);
  checkShape(action, [batchSize, ...input]);
  checkDType(action, dtype);
  checkWhole(action, "the seed", seed, 0);
  checkPrint(action, options);
  const findings: Finding[] = [];
  const subject = `layer "${layer.kind}"`;
  try {
    const coupling = layer.couplesSamples?.(input);
    if (coupling) checkEnough(action, coupling, batchSize);
    const draws = new Draws(seed);
    using probe = new LayerProbe(layer, dtype, [batchSize, ...input], draws);
    const bounds = boundsOf(dtype);
    const given = elementsOf(probe.point);
    findings.push(...checkSweeps(probe, draws, bounds));
    if (coupling) {
      probe.isTraining = false;
      findings.push(...checkSweeps(probe, draws, bounds).map(inPrediction));
    }
    findings.push(checkSamples(probe, layer, dtype, input, bounds));
    findings.push(...checkGiven(probe, given));
  } catch (error) {
    findings.push(failure("the layer runs", error));
  }
  return report(subject, findings, options);
}

/** Refuses fewer samples than a layer in which they meet can train on. */
function checkEnough(action: string, { layer, leastSamples }: Coupling, samples: number): void {
  if (samples >= leastSamples) return;
  throw new RangeError(`Cannot ${action}: ${layer} needs ${leastSamples} samples or more`);
}

/** What all sweeps must be, in training or in prediction. */
function checkSweeps(probe: LayerProbe, draws: Draws, bounds: Bounds): Finding[] {
  return [
    checkForward(probe),
    checkTangent(probe, draws, bounds),
    ...checkAdjoint(probe, draws, bounds),
    ...checkSecondOrder(probe, draws, bounds),
  ];
}

function inPrediction(finding: Finding): Finding {
  return { ...finding, check: `${finding.check}, in prediction` };
}

function checkForward(probe: LayerProbe): Finding {
  const first = probe.forward();
  const check = "forward repeats to the bit";
  const found = compareBits(
    check,
    "forward gives other bits when it repeats",
    probe.forward(),
    first,
  );
  const isFinite = first.every(Number.isFinite);
  return isFinite ? found : failure(check, new Error("the output is not finite"));
}

/** What `measure` gives a step to both sides of the point, as a central difference. */
function difference(
  probe: LayerProbe,
  along: readonly number[][],
  step: number,
  measure: (sign: number) => number[],
): number[] {
  const start = elementsOf(probe.point);
  const at = (sign: number): number[] => {
    for (const [p, { data }] of probe.point.entries()) {
      for (let i = 0; i < data.length; i++) data[i] = start[p][i] + sign * step * along[p][i];
    }
    probe.forward();
    return measure(sign);
  };
  const [ahead, behind] = [at(1), at(-1)];
  for (const [p, { data }] of probe.point.entries()) data.set(start[p]);
  probe.forward();
  return ahead.map((value, i) => (value - behind[i]) / (2 * step));
}

function checkTangent(
  probe: LayerProbe,
  draws: Draws,
  { step, difference: bound }: Bounds,
): Finding {
  const along = probe.direction(draws);
  return compare({
    check: "the jvp is the derivative of the forward pass",
    broken: "the jvp is not the derivative of the forward pass",
    found: probe.push(along),
    expected: difference(probe, along, step, () => probe.forward()),
    bound,
  });
}

/** ⟨J v, u⟩ = ⟨v, Jᵀ u⟩, part by part. */
function checkAdjoint(probe: LayerProbe, draws: Draws, { identity }: Bounds): Finding[] {
  const size = probe.outputShape.reduce((a, b) => a * b, 1);
  const findings = probe.parts.flatMap((part, p) => {
    if (!probe.moves[p]) return [];
    const found: number[] = [], expected: number[] = [];
    let scale = 0;
    for (let i = 0; i < DIRECTIONS; i++) {
      const u = draws.next(size);
      const v = probe.direction(draws).map((tangent, q) => q === p ? tangent : tangent.fill(0));
      const pushed = probe.push(v);
      found.push(inner([v[p]], [probe.pull(u)[p]]));
      expected.push(inner([pushed], [u]));
      scale = Math.max(scale, length([pushed]) * length([u]));
    }
    return compare({
      check: `the vjp in ${part} is the adjoint of the jvp`,
      broken: `the vjp in ${part} is not the adjoint of the jvp`,
      found,
      expected,
      scale: scale * identity,
      bound: identity * DIRECTIONS,
      batchSize: probe.outputShape[0],
    });
  });
  const u = draws.next(size);
  const first = probe.pull(u).flat();
  const check = "the vjp repeats to the bit";
  const repeated = probe.pull(u).flat();
  return [
    ...findings,
    compareBits(check, "the vjp gives other bits when it repeats", repeated, first),
  ];
}

function checkSecondOrder(probe: LayerProbe, draws: Draws, bounds: Bounds): Finding[] {
  const [u, change] = [0, 1].map(() => draws.next(probe.outputShape.reduce((a, b) => a * b, 1)));
  const along = probe.direction(draws);
  let found: number[][];
  try {
    found = probe.bend(u, along, change);
  } catch (error) {
    if (error instanceof TypeError && /defines no secondOrder/.test(error.message)) return [];
    throw error;
  }
  const { step } = bounds;
  const moved = difference(
    probe,
    along,
    step,
    (sign) => probe.pull(u.map((value, i) => value + sign * step * change[i])).flat(),
  );
  let start = 0;
  return probe.parts.flatMap((part, p) => {
    const expected = moved.slice(start, start += found[p].length);
    if (!probe.moves[p]) return [];
    return compare({
      check: `the second order in ${part} is the derivative of the vjp`,
      broken: `the second order in ${part} is not the derivative of the vjp`,
      found: found[p],
      expected,
      scale: length([moved]) * bounds.difference,
      bound: bounds.difference,
    });
  });
}

/** Input and parameters are as they were before every sweep ran. */
function checkGiven(probe: LayerProbe, given: readonly ArrayLike<number>[]): Finding[] {
  return probe.parts.map((part, p) =>
    compareBits(
      `${part} is only read`,
      `the layer writes to ${part}, which it is given to read`,
      probe.point[p].data,
      given[p],
    )
  );
}

/** The first sample alone gives what it gives among others. */
function checkSamples(
  probe: LayerProbe,
  layer: Layer,
  dtype: DType,
  input: Shape,
  { identity }: Bounds,
): Finding {
  const together = probe.forward();
  using single = new LayerProbe(layer, dtype, [1, ...input], new Draws(0));
  single.isTraining = probe.isTraining;
  const [own, ...weights] = single.point;
  own.data.set(probe.point[0].data.subarray(0, own.size));
  for (const [i, { data }] of weights.entries()) data.set(probe.point[i + 1].data);
  const alone = single.forward();
  return compare({
    check: "no sample looks at another",
    broken: "the output of a sample depends on the others in its batch",
    found: together.slice(0, alone.length),
    expected: alone,
    bound: identity,
  });
}
