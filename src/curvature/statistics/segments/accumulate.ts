// Fisher matrices of segments, a few samples at a time: no more gradients are in memory than fit into the scratch.
//
//   one row each:  F of row o and columns d, d' is (1/B) Σ_n a_nd a_nd' g_no², one product for all rows of W
//   more of them:  each sample's gradient Σ_t a_t g_tᵀ is formed, then its outer products are added
//
// (G ⊙ G)ᵀ (A ⊙ A) would be wrong for the latter: a sample's gradient is a sum, and is squared as a whole.
import { gram } from "../../../ops/gemm.ts";
import { Matrix } from "../../../ops/matrix.ts";
import { kernels } from "../../../runtime/instance.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { isInLanes, type SegmentGroup } from "../../segments/group.ts";
import type { FieldSource, SampledBatch } from "../../segments/source.ts";
import type { StoredGroup, StoredMatrices, StoredSamples } from "../../segments/stored.ts";
import { addByRows } from "./row_products.ts";

/** Samples whose fields are in memory at a time, where they are small. */
const MOST_SAMPLES = 16;
/** Elements of such fields, where a single one has not more. */
const MOST_ELEMENTS = 131072;

/** Elements of scratch for these groups. */
export function scratchSize(groups: readonly SegmentGroup[]): number {
  return Math.max(0, ...groups.map(({ source: { length } }) => 2 * samplesAtOnce(length) * length));
}

/** Samples whose fields of this length are in half of the scratch. */
function samplesAtOnce(length: number): number {
  return Math.max(1, Math.min(MOST_SAMPLES, Math.floor(MOST_ELEMENTS / length)));
}

/** matrices += alpha Σ_n g_n g_nᵀ for every group, of the samples in one sweep; or keeps these as they are. */
export function addOuterProducts(
  batch: SampledBatch,
  stored: readonly StoredGroup[],
  alpha: number,
  scratch: Tensor,
): void {
  const sources = new Map<FieldSource, StoredGroup[]>();
  for (const entry of stored) {
    const { source } = entry.group;
    if (!addByRows(batch, entry, alpha, scratch)) {
      sources.set(source, [...(sources.get(source) ?? []), entry]);
    }
  }
  for (const [source, groups] of sources) addByFields(batch, source, groups, alpha, scratch);
}

function addByFields(
  batch: SampledBatch,
  source: FieldSource,
  groups: readonly StoredGroup[],
  alpha: number,
  scratch: Tensor,
): void {
  const { batchSize } = batch.lin, atOnce = samplesAtOnce(source.length);
  const fields = scratch.view([atOnce * source.length]);
  const rows = scratch.view([atOnce * source.length], atOnce * source.length);
  source.withFields(batch, (write) => {
    for (let first = 0; first < batchSize; first += atOnce) {
      const count = Math.min(atOnce, batchSize - first);
      write({ first, count }, fields);
      const place = batch.sweep.index * batchSize + first;
      for (const entry of groups) {
        if ("samples" in entry) keepFields(entry, place, count, fields, rows);
        else addFields(entry, count, alpha, fields, rows);
      }
    }
  });
}

/** Adds the outer products of some samples' fields. */
function addFields(
  { group, matrices }: StoredMatrices,
  samples: number,
  alpha: number,
  fields: Tensor,
  rows: Tensor,
): void {
  const { source: { length }, offset, stride, size, count } = group;
  const { segment_products, transpose } = kernels(fields.dtype);
  const from = fields.view([0], offset).pointer;
  if (isInLanes(group)) {
    segment_products(samples, size, count, alpha, from, length, stride, matrices.pointer);
    return;
  }
  const scales = { alpha, beta: 1 };
  if (count === 1) {
    const held = fields.view([(samples - 1) * length + size], offset);
    gram(new Matrix(held, samples, size, length), matrices.view([size, size]), scales);
    return;
  }
  const pitch = count * size;
  // In JavaScript: one run for each sample, moved whole.
  for (let n = 0; n < samples; n++) {
    const field = fields.view([0], n * length + offset).pointer;
    transpose(size, count, field, stride, rows.view([0], n * pitch).pointer, size);
  }
  for (let e = 0; e < count; e++) {
    const held = rows.view([(samples - 1) * pitch + size], e * size);
    gram(
      new Matrix(held, samples, size, pitch),
      matrices.view([size, size], e * size * size),
      scales,
    );
  }
}

/** Keeps some samples' fields, segment by segment, from a row on. */
function keepFields(
  { group, samples: kept }: StoredSamples,
  place: number,
  samples: number,
  fields: Tensor,
  rows: Tensor,
): void {
  const { source: { length }, offset, stride, size, count } = group;
  const pitch = count * size, row = rows.view([pitch]);
  for (let n = 0; n < samples; n++) {
    const field = fields.view([0], n * length + offset).pointer;
    kernels(fields.dtype).transpose(size, count, field, stride, row.pointer, size);
    kept.data.set(row.data, (place + n) * pitch);
  }
}
