// Where gradients of single samples come from, laid out so that segments lie side by side.
//
// A field is one such vector. In it element a of segment e lies `stride` a + e behind the first of its group, so that
// neighbouring segments are in neighbouring lanes.
import type { AffineSite, Linearization } from "../../nn/linearization.ts";
import type { Span } from "../../ops/face_splitting.ts";
import { bytesPerElement, type DType } from "../../runtime/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CotangentSweep } from "../cotangents.ts";

/** A batch in one sweep. */
export interface SampledBatch {
  readonly lin: Linearization;
  readonly sites: readonly AffineSite[];
  readonly sweep: CotangentSweep;
}

/** Writes the fields of a span of samples one after the other. */
export type WriteFields = (span: Span, out: Tensor) => void;

/** Parameters in the order of a field. */
export interface FieldSource {
  /** Elements of a field, a multiple of the lanes; some belong to no parameter and are zero. */
  readonly length: number;
  /** The parameter at a place of the field; -1 where there is none. */
  indexAt(place: number): number;
  /** Hands out what writes fields of a batch, until the next sweep. */
  withFields(batch: SampledBatch, visit: (write: WriteFields) => void): void;
  /** The field of a vector (P). */
  read(vector: Tensor, field: Tensor): void;
  /** The parameters' part of a field, written to a vector (P). */
  write(field: Tensor, vector: Tensor): void;
}

/** The next multiple of the lanes. */
export function padded(dtype: DType, count: number): number {
  const lanes = 16 / bytesPerElement(dtype);
  return Math.ceil(count / lanes) * lanes;
}
