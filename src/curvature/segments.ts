// The Fisher matrix restricted to segments of the parameters, as data.
import { checkIndependent, checkLinearization, type Linearization } from "../nn/linearization.ts";
import { withDefaults } from "../runtime/arguments.ts";
import { kernels } from "../runtime/instance.ts";
import { Scope } from "../runtime/scope.ts";
import { fill } from "../ops/vector.ts";
import { checkKey, type RandomKey, randomKey } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkDistribution, forEachCotangent, type TargetDistribution } from "./cotangents.ts";
import { indicesOf, isInLanes, liveElements, storageShape } from "./segments/group.ts";
import { allocateFor, partition } from "./segments/partition.ts";
import type { StoredMatrices } from "./segments/stored.ts";
import { checkPlan, DEFAULT_PLAN, type SegmentStrategy } from "./segments/strategy.ts";
import { addOuterProducts, scratchSize } from "./statistics/segments/accumulate.ts";

/** Options of `segments()`. */
export interface SegmentOptions extends SegmentStrategy {
  /** Whose gradients: of the batch's targets, of ones drawn with `key`, or the expectation. @default "empirical" */
  readonly fisher?: TargetDistribution;
  /** Key of the draws. @default randomKey(0) */
  readonly key?: RandomKey;
}

/** Segments of one size. */
export interface SegmentMatrices {
  /** Name of their site; undefined where they cut across sites. */
  readonly site: string | undefined;
  /** Numbers of each segment's parameters in θ. */
  readonly indices: readonly (readonly number[])[];
  /** The Fisher matrix of each (segments, s, s). The caller disposes of it. */
  readonly matrices: Tensor;
}

const DEFAULTS: Required<SegmentOptions> = Object.freeze({
  ...DEFAULT_PLAN,
  fisher: "empirical",
  key: randomKey(0),
});

/**
 * The blocks of the Fisher matrix that belong to segments of the parameters, each parameter in one of them: with
 * `fisher: "empirical"` the mean over samples of g gᵀ, g the segment's part of the gradient of a sample's own loss.
 *
 * By default a segment is what one channel gives to one filter of a convolution, a row of a dense or recurrent weight
 * with at most `threshold` columns, or a single weight, and all biases of a site. Where W is applied in a way of its own
 * or by several layers, parameters count one by one. Gradients of samples are made a few at a time.
 *
 * Shapes: matrices (segments, s, s).
 *
 * @throws {TypeError} when an option has the wrong type or does not suit a site, or the loss lacks what `fisher` needs,
 *   or samples meet in a layer (`coupledBy`).
 * @throws {RangeError} when an option is out of range, or segments are too large.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * Source: the strategies "kernel", "row", "spatial" and the chunks are those of the code of Tran, Nakata, Yamaguchi,
 * Irvan & Yoshimoto, "Enhanced component-wise NGD training method for deep neural networks"; the others are ours.
 *
 * @example
 * ```ts
 * import { dense, segments, sequential, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 1 }, [dense(2, { bias: false })]);
 * model.parameters.data.fill(0);
 * using input = tensor([[1, 2]]);
 * using target = tensor([[1, -1]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * const [{ site, indices, matrices }] = segments(lin);
 * assertEquals([site, indices], ["dense_1", [[0, 1], [2, 3]]]);
 * assertEquals(matrices.toArray(), [[[1, 2], [2, 4]], [[1, 2], [2, 4]]]);
 * matrices.dispose();
 * ```
 */
export function segments(lin: Linearization, options: SegmentOptions = {}): SegmentMatrices[] {
  const action = "cut into segments";
  checkLinearization(action, lin);
  const settings = withDefaults(action, options, DEFAULTS);
  checkPlan(action, settings);
  checkDistribution(action, "fisher", settings.fisher);
  checkKey(action, settings.key);
  checkIndependent(action, lin);
  const { modelSites, output: { dtype } } = lin;
  using scope = new Scope();
  const make = (size: number, of = dtype): Tensor => scope.own(new Tensor(of, [size]));
  const groups = partition(action, modelSites, settings, (size) => make(size, "float64"));
  const { sites } = lin;
  const stored = groups.map((group): StoredMatrices => {
    const matrices = allocateFor(
      modelSites,
      group,
      () => scope.own(new Tensor(dtype, storageShape(group))),
    );
    return { group, matrices: fill(matrices, 0) };
  });
  const scratch = make(scratchSize(groups));
  forEachCotangent(lin, settings.fisher, settings.key, (sweep) => {
    addOuterProducts({ lin, sites, sweep }, stored, 1 / lin.batchSize, scratch);
  });
  const names = sites.map(({ name }) => name);
  const given = stored.map((entry) => unpacked(entry, names, scope));
  for (const { matrices } of given) scope.keep(matrices);
  return given;
}

/** The matrices of a group's parameters in full. */
function unpacked(
  { group, matrices }: StoredMatrices,
  names: readonly string[],
  scope: Scope,
): SegmentMatrices {
  const { site, size, count } = group, { dtype } = matrices;
  const live = Array.from({ length: count }, (_, e) => e)
    .filter((e) => indicesOf(group, e).length > 0);
  const elements = live.map((e) => liveElements(group, e));
  const s = elements[0]?.length ?? 0;
  const out = scope.own(new Tensor(dtype, [live.length, s, s]));
  const full = scope.own(new Tensor("float64", [size, size]));
  // In JavaScript: matrices are written out once, for whoever looks at them.
  for (const [i, e] of live.entries()) {
    if (isInLanes(group)) {
      kernels(dtype).segment_matrix(size, count, e, 1, matrices.pointer, full.pointer);
    } else full.data.set(matrices.view([size, size], e * size * size).data);
    const block = out.view([s, s], i * s * s).data, { data } = full;
    for (const [row, a] of elements[i].entries()) {
      for (const [column, c] of elements[i].entries()) block[row * s + column] = data[a * size + c];
    }
  }
  return {
    site: site === undefined ? undefined : names[site],
    indices: live.map((e) => indicesOf(group, e)),
    matrices: out,
  };
}
