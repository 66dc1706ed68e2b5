// Fisher matrices of segments, a few samples at a time: no more gradients are in memory than fit into the scratch.
//
//   one row each:  F of row o and columns d, d' is (1/B) Σ_n a_nd a_nd' g_no², one product for all rows of W
//   more of them:  each sample's gradient Σ_t a_t g_tᵀ is formed, then its outer products are added
//
// (G ⊙ G)ᵀ (A ⊙ A) would be wrong for the latter: a sample's gradient is a sum, and is squared as a whole.
import type { AffineSite } from "../../nn/linearization.ts";
import { gemm, gram } from "../../ops/gemm.ts";
import { Matrix, matrix } from "../../ops/matrix.ts";
import { kernels } from "../../runtime/instance.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { isInLanes, type SegmentGroup } from "./group.ts";
import { hasPlainRows, RowSource } from "./row_source.ts";
import type { FieldSource, SampledBatch } from "./source.ts";

/** Samples whose fields are in memory at a time, where they are small. */
const MOST_SAMPLES = 16;
/** Elements of such fields, where a single one has not more. */
const MOST_ELEMENTS = 131072;

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

/** Adds the products of a group without fields, where its site allows it; says whether it did. */
function addByRows(
  { lin: { batchSize }, sites, sweep }: SampledBatch,
  entry: StoredGroup,
  alpha: number,
  scratch: Tensor,
): boolean {
  const { site: number, source, offset, stride, size } = entry.group;
  if (number === undefined || !(source instanceof RowSource)) return false;
  const site = sites[number], gradients = sweep.cotangents[number];
  if (!hasPlainRows(site, batchSize)) return false;
  const { pitch } = source,
    isBias = site.inputs.hasOnes && offset === site.inputs.heldColumns * pitch;
  if ("samples" in entry) {
    if (isBias) entry.samples.data.set(gradients.data, sweep.index * gradients.size);
    return isBias;
  }
  const { group, matrices } = entry;
  if (isInLanes(group)) {
    const cut = { first: offset / pitch, channels: stride / pitch, size };
    addSquares(site, gradients, cut, matrices, alpha, scratch);
    return true;
  }
  if (!isBias) return false;
  gram(matrix(gradients), matrices.view([size, size]), { alpha, beta: 1 });
  return true;
}

/** Columns `first` + a `channels` + c of A, c one of the channels. */
interface Columns {
  readonly first: number;
  readonly channels: number;
  readonly size: number;
}

/** matrices += alpha (products of columns of A)ᵀ (G ⊙ G), a few rows at a time. */
function addSquares(
  { inputs }: AffineSite,
  gradients: Tensor,
  { first, channels, size }: Columns,
  matrices: Tensor,
  alpha: number,
  scratch: Tensor,
): void {
  const [batchSize, rows] = gradients.shape;
  const pairs = size * (size + 1) / 2, width = size === 1 ? channels : pairs;
  const pitch = matrices.size / (pairs * channels);
  const atOnce = Math.min(batchSize, Math.floor(scratch.size / (rows + width)));
  const { square, half_products } = kernels(gradients.dtype);
  const isOnes = first === inputs.heldColumns; // a bias by itself
  const scales = { alpha, beta: 1 };
  for (let n = 0; n < batchSize; n += atOnce) {
    const count = Math.min(atOnce, batchSize - n);
    const squares = scratch.view([count, rows]);
    const products = scratch.view([count, width], count * rows);
    square(squares.size, gradients.view([0], n * rows).pointer, squares.pointer);
    const to = (c: number, height: number): Matrix =>
      new Matrix(
        matrices.view([matrices.size - c * pitch], c * pitch),
        height,
        rows,
        size === 1 ? pitch : channels * pitch,
      );
    const row = inputs.tensor.view([0], n * inputs.stride).pointer;
    if (isOnes) {
      gemm(new Matrix(products, count, 1, 0, true).T, matrix(squares), to(0, 1), scales);
      continue;
    }
    const bytes = products.data.BYTES_PER_ELEMENT;
    for (let c = 0; c < (size === 1 ? 1 : channels); c++) {
      const at = row + (first + c) * bytes;
      if (size === 1) {
        const isContiguous = inputs.stride === width;
        const [runs, run] = isContiguous ? [1, count * width] : [count, width];
        for (let r = 0; r < runs; r++) {
          square(run, at + r * inputs.stride * bytes, products.pointer + r * run * bytes);
        }
      } else {
        const hasOnes = inputs.hasOnes && first + size * channels > inputs.heldColumns ? 1 : 0;
        // deno-fmt-ignore
        half_products(count, size, at, inputs.stride, channels, hasOnes, products.pointer, width);
      }
      gemm(matrix(products).T, matrix(squares), to(c, width), scales);
    }
  }
}
