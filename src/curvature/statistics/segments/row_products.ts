// Fisher matrices of segments where every sample has one row: products of rows make them, and no gradient of a sample is formed.
import type { AffineSite } from "../../../nn/linearization.ts";
import { gemm } from "../../../ops/gemm.ts";
import { Matrix, matrix } from "../../../ops/matrix.ts";
import { kernels } from "../../../runtime/instance.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { isInLanes } from "../../segments/group.ts";
import type { SampledBatch } from "../../segments/source.ts";
import type { StoredGroup } from "../../segments/stored.ts";
import { open } from "../_rows.ts";
import { hasOneRowEach } from "../rows.ts";
import { gram } from "../sums.ts";
import { RowSource } from "./row_source.ts";

/** Adds the products of a group without fields, where its site allows it; says whether it did. */
export function addByRows(
  { lin: { batchSize }, sites, sweep }: SampledBatch,
  entry: StoredGroup,
  alpha: number,
  scratch: Tensor,
): boolean {
  const { site: number, source, offset, stride, size } = entry.group;
  if (number === undefined || !(source instanceof RowSource)) return false;
  const site = sites[number], rows = sweep.cotangents[number];
  if (!hasPlainRows(site, batchSize)) return false;
  const { pitch } = source, { hasOnes, heldColumns } = site.inputs;
  const isBias = hasOnes && offset === heldColumns * pitch;
  const { tensor: gradients } = open(rows);
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
  gram(rows, matrices.view([size, size]), { alpha, beta: 1 });
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

/** True where a sample's gradient is g aᵀ of rows that lie in memory: sums of products need no fields then. */
function hasPlainRows(site: AffineSite, batchSize: number): boolean {
  return hasOneRowEach(site, batchSize) && !site.inputs.patches && site.inputs.rows > 0;
}
