// What a group of segments is known by: its matrices, or the gradients of samples that make them.
import type { Tensor } from "../../tensor/tensor.ts";
import type { SegmentGroup } from "./group.ts";

/** A group and where its matrices are. */
export interface StoredMatrices {
  readonly group: SegmentGroup;
  readonly matrices: Tensor;
}

/** A group of which the samples' gradients are kept instead, since they are fewer than a segment's elements. */
export interface StoredSamples {
  readonly group: SegmentGroup;
  /** Gradients U (samples, count s) in float64; the matrices are Uᵀ U / divisor, segment by segment. */
  readonly samples: Tensor;
  readonly divisor: number;
}

/** What a group's matrices are known by. */
export type StoredGroup = StoredMatrices | StoredSamples;
