// The groups of segments into which a strategy cuts the parameters of a model: each parameter is in one of them.
//
// It asks what a site is capable of: that W multiplies rows and is applied once, that these rows are patches of images.
// Where W is applied in a way of its own, or more than once, its parameters count one by one.
import type { Site } from "../../nn/linearization.ts";
import { OutOfMemoryError } from "../../runtime/errors.ts";
import { elementBytes } from "../../runtime/memory.ts";
import { MAXIMUM_ELEMENTS, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { ChunkSource } from "./chunk_source.ts";
import { ElementSource } from "../statistics/segments/element_source.ts";
import { isInLanes, type SegmentGroup, storageShape } from "./group.ts";
import { RowSource } from "../statistics/segments/row_source.ts";
import type { SegmentChunks, SegmentPlan } from "./strategy.ts";

/** Columns of W that are cut alike: `first` + a `channels` + c belongs to segment c of each row. */
interface Cut {
  readonly first: number;
  readonly channels: number;
  readonly size: number;
}

/** Working memory for n elements of float64. */
export type MakeWords = (size: number) => Tensor;

/**
 * The groups of a model, whose sites are in the order of their parameters.
 *
 * @throws {TypeError} when a strategy does not suit a site.
 * @throws {RangeError} when the matrices of a group are larger than a tensor can be.
 */
export function partition(
  action: string,
  sites: readonly Site[],
  plan: SegmentPlan,
  makeWords: MakeWords,
): SegmentGroup[] {
  const { chunks } = plan;
  checkNames(action, sites, plan);
  const groups = chunks === "none"
    ? sites.flatMap((site, i) => groupsOf(action, site, i, plan))
    : chunkGroups(sites, chunks, makeWords);
  for (const group of groups) checkSize(action, sites, group);
  return groups;
}

function groupsOf(action: string, site: Site, number: number, plan: SegmentPlan): SegmentGroup[] {
  if (!site.form.isOuterProduct || site.uses > 1) {
    const source = new ElementSource(site, number);
    const { length } = source;
    return [{ site: number, source, offset: 0, stride: length, size: 1, count: length }];
  }
  const source = new RowSource(site, number);
  const { pitch } = source, [rows, columns] = site.weight.shape;
  const joins = site.hasBias && plan.bias === "joined";
  const held = columns - (site.hasBias ? 1 : 0);
  const cut = cutOf(action, site, held, plan);
  const whole = (first: number, end: number): SegmentGroup => {
    const size = end - first === 1 ? rows : (end - first) * pitch;
    return { site: number, source, offset: first * pitch, stride: 1, size, count: 1 };
  };
  if (cut === "layer") {
    const weights = held === 0 ? [] : [whole(0, joins ? columns : held)];
    return joins && held > 0 ? weights : [...weights, ...biases()];
  }
  if (joins && cut.channels > 1) {
    const smaller = cut.size === 1 ? 'bias: "scalar"' : 'rows or filters, or bias: "layer"';
    refuse(
      action,
      site,
      `a bias cannot join one of ${cut.channels} segments of its row; take ${smaller}`,
    );
  }
  const size = cut.size + (joins ? 1 : 0);
  return [
    ...(size === 0 ? [] : [across({ ...cut, size })]),
    ...(joins ? [] : biases()),
  ];

  function across({ first, channels, size }: Cut): SegmentGroup {
    const count = channels * pitch;
    return { site: number, source, offset: first * pitch, stride: count, size, count };
  }
  function biases(): SegmentGroup[] {
    if (!site.hasBias) return [];
    if (plan.bias === "layer") return [whole(held, columns)];
    return [across({ first: held, channels: 1, size: 1 })];
  }
}

/** How the weights of a site are cut. */
function cutOf(
  action: string,
  { name, taps }: Site,
  held: number,
  { conv, dense, threshold, channels }: SegmentPlan,
): Cut | "layer" {
  const row = { first: 0, channels: 1, size: held };
  const scalars = { first: 0, channels: held, size: held === 0 ? 0 : 1 };
  if (taps !== undefined) {
    if (conv === "kernel") return { first: 0, channels: held / taps, size: taps };
    return conv === "filter" ? row : "layer";
  }
  if (dense === "layer" || dense === "scalar") return dense === "layer" ? dense : scalars;
  const count = dense === "spatial" && Object.hasOwn(channels, name) ? channels[name] : 1;
  if (held % count !== 0) {
    throw new RangeError(
      `Cannot ${action}: channels of site "${name}" must divide its ${held} inputs, and ${count} do not`,
    );
  }
  return held / count <= threshold ? { first: 0, channels: count, size: held / count } : scalars;
}

function chunkGroups(
  sites: readonly Site[],
  chunks: SegmentChunks,
  makeWords: MakeWords,
): SegmentGroup[] {
  const source = new ChunkSource(sites, chunks, makeWords);
  const { count, width, rest } = source, { size } = chunks;
  const common = { site: undefined, source };
  const full = { ...common, offset: 0, stride: width, size, count: width };
  const last = { ...common, offset: size * width, stride: 1, size: rest, count: 1 };
  return [...(count > 0 ? [full] : []), ...(rest > 0 ? [last] : [])];
}

/** Refuses settings for sites that are not there. */
function checkNames(action: string, sites: readonly Site[], { channels }: SegmentPlan): void {
  for (const name of Object.keys(channels)) {
    if (sites.some((site) => site.name === name)) continue;
    throw new TypeError(`Cannot ${action}: channels names site "${name}", which is not there`);
  }
}

function checkSize(action: string, sites: readonly Site[], group: SegmentGroup): void {
  const elements = sizeOf(storageShape(group));
  if (elements <= MAXIMUM_ELEMENTS) return;
  throw new RangeError(`Cannot ${action}: ${needOf(sites, group)}`);
}

/** Has the matrices of a group made; where memory does not suffice, the error says what takes less. */
export function allocateFor<T>(sites: readonly Site[], group: SegmentGroup, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof OutOfMemoryError)) throw error;
    throw new OutOfMemoryError(error.requestedBytes, error.liveBytes, needOf(sites, group));
  }
}

/** What the matrices of a group take, and what takes less. */
function needOf(sites: readonly Site[], group: SegmentGroup): string {
  const { site, size, count } = group;
  const bytes = elementBytes(sites[0].weight.dtype, sizeOf(storageShape(group)));
  const where = site === undefined ? "chunks" : `site "${sites[site].name}"`;
  return `segments of ${size} parameters of ${where} need ${bytes} bytes; ` +
    (isInLanes(group) || count > 1
      ? "a smaller threshold or chunk, or segments of kernels or single weights, need less"
      : 'rows, kernels or single weights, or bias: "scalar", need less');
}

function refuse(action: string, { name }: Site, why: string): never {
  throw new TypeError(`Cannot ${action} of site "${name}": ${why}`);
}
