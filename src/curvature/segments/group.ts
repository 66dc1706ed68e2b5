// Segments of one size that lie side by side in a field, and how their matrices are kept.
import type { Shape } from "../../tensor/shape.ts";
import type { FieldSource } from "./source.ts";

/** Segments of more elements are solved one by one. */
export const MOST_IN_LANES = 32;

/** Segments side by side: element a of segment e is at offset + a stride + e. */
export interface SegmentGroup {
  /** Number of the site; undefined where segments cut across sites. */
  readonly site: number | undefined;
  /** What its fields are. */
  readonly source: FieldSource;
  /** First element in a field. */
  readonly offset: number;
  /** Elements from one element of a segment to the next. */
  readonly stride: number;
  /** Elements of a segment (s). */
  readonly size: number;
  /** Segments side by side; padding among them has no parameters. */
  readonly count: number;
}

/** True for segments of which a vector holds several, so that one of its lanes works on each. */
export function isInLanes({ size, count }: SegmentGroup): boolean {
  return count > 1 && size <= MOST_IN_LANES;
}

/**
 * The shape of what holds the matrices: (s (s + 1) / 2, count), their lower triangles row by row, entry (a, c) of all
 * segments together; or (count, s, s).
 */
export function storageShape(group: SegmentGroup): Shape {
  const { size, count } = group;
  return isInLanes(group) ? [size * (size + 1) / 2, count] : [count, size, size];
}

/** Numbers of the parameters of a segment, which has none where it is padding. */
export function indicesOf(
  { source, offset, stride, size }: SegmentGroup,
  segment: number,
): number[] {
  const all = Array.from({ length: size }, (_, a) => source.indexAt(offset + a * stride + segment));
  return all.filter((index) => index >= 0);
}

/** Elements of a segment that are parameters. */
export function liveElements(
  { source, offset, stride, size }: SegmentGroup,
  segment: number,
): number[] {
  return Array.from({ length: size }, (_, a) => a)
    .filter((a) => source.indexAt(offset + a * stride + segment) >= 0);
}

/** Parameters in all segments of a group. */
export function parameterCountOf({ source, offset, stride, size, count }: SegmentGroup): number {
  let parameters = 0;
  for (let a = 0; a < size; a++) {
    for (let e = 0; e < count; e++) {
      if (source.indexAt(offset + a * stride + e) >= 0) parameters++;
    }
  }
  return parameters;
}
