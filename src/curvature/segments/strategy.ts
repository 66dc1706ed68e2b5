// How the parameters of a model are cut into segments, as settings.
import {
  checkName,
  checkNumber,
  checkObject,
  checkOptions,
  checkWhole,
  namesOf,
} from "../../runtime/arguments.ts";
import { MAXIMUM_ELEMENTS } from "../../tensor/shape.ts";
import { checkKey, type RandomKey } from "../../tensor/random.ts";

/** Segments that take no heed of layers. */
export interface SegmentChunks {
  /** Parameters in a segment; the last one may have fewer. */
  readonly size: number;
  /** Cuts a random permutation instead of the order of files. @default none */
  readonly key?: RandomKey;
}

/** Which parameters are taken together. */
export interface SegmentStrategy {
  /**
   * Sites whose rows are patches of images: one segment for each kernel from a channel to a filter, for all of a filter,
   * or for the site. @default "kernel"
   */
  readonly conv?: "kernel" | "filter" | "layer";
  /**
   * Other sites that multiply rows: a segment for each row of W, for every weight, for each row and channel of the
   * images in `channels`, or for the site. @default "row"
   */
  readonly dense?: "row" | "scalar" | "spatial" | "layer";
  /**
   * A segment for all biases of a site, for each, or each bias with the row, filter or layer that it belongs to.
   * @default "layer"
   */
  readonly bias?: "layer" | "scalar" | "joined";
  /** Rows and spatial segments with more weights than this fall apart into single weights. @default 16 */
  readonly threshold?: number;
  /** For "spatial": the channels of the flattened images that sites are given, by site. @default none */
  readonly channels?: Readonly<Record<string, number>>;
  /** Cuts all parameters, in the order of files, into chunks instead. @default "none" */
  readonly chunks?: "none" | SegmentChunks;
}

/** The same with defaults filled in. */
export type SegmentPlan = Required<SegmentStrategy>;

/** What is taken where nothing is said: the published strategy. */
export const DEFAULT_PLAN: SegmentPlan = Object.freeze({
  conv: "kernel",
  dense: "row",
  bias: "layer",
  threshold: 16,
  channels: Object.freeze({}),
  chunks: "none",
});

/** The names of the options. */
export const STRATEGY_NAMES = namesOf<SegmentStrategy>({
  conv: true,
  dense: true,
  bias: true,
  threshold: true,
  channels: true,
  chunks: true,
});

const CHUNK_NAMES = namesOf<SegmentChunks>({ size: true, key: true });

/** Refuses what is no plan. */
export function checkPlan(action: string, plan: SegmentPlan): void {
  const { conv, dense, bias, threshold, channels, chunks } = plan;
  checkName(action, "conv", conv, "kernel", "filter", "layer");
  checkName(action, "dense", dense, "row", "scalar", "spatial", "layer");
  checkName(action, "bias", bias, "layer", "scalar", "joined");
  checkWhole(action, "threshold", threshold, 1, MAXIMUM_ELEMENTS);
  checkObject(action, "channels", channels);
  for (const [site, count] of Object.entries(channels)) {
    checkNumber(action, `channels of site "${site}"`, count, "count");
  }
  if (chunks === "none") return;
  checkOptions(action, chunks, CHUNK_NAMES);
  checkWhole(action, "the size of chunks", chunks.size, 1, MAXIMUM_ELEMENTS);
  if (chunks.key !== undefined) checkKey(action, chunks.key);
}
