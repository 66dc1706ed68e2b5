// Rows of the Jacobian, one for each sample and one seed of the reverse sweep: of a site G(n)ᵀ A(n), which for a site that
// acts once on each sample is the outer product g(n) a(n)ᵀ.
import type { AffineSite, Linearization } from "../../nn/linearization.ts";
import { gemm } from "../../ops/gemm.ts";
import { khatriRao, type Span } from "../../ops/face_splitting.ts";
import { Matrix, matrix } from "../../ops/matrix.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Where rows go: the first one's first element, and the elements between rows. */
export interface RowPlace {
  /** First element of the first row. */
  readonly offset: number;
  /** Elements between rows. */
  readonly stride: number;
}

/** Writes the rows of a span of samples for the cotangents of a sweep (B T, O). */
export function writeRows(
  lin: Linearization,
  sites: readonly AffineSite[],
  cotangents: readonly Tensor[],
  span: Span,
  out: Tensor,
  { offset, stride }: RowPlace,
): void {
  for (const [i, site] of sites.entries()) {
    const start = offset + site.offset;
    if (site.inputs.rows === lin.batchSize && !site.inputs.patches) {
      const [, outputs] = cotangents[i].shape;
      const part = cotangents[i].view([span.count, outputs], span.first * outputs);
      khatriRao(part, site.inputs, span.first, out, { offset: start, stride });
    } else {
      for (let n = 0; n < span.count; n++) {
        const to = out.view(site.weight.shape, start + n * stride);
        pullSample(site.inputs, cotangents[i], span.first + n, lin.batchSize, to);
      }
    }
  }
}

/** out = G(n)ᵀ A(n) over the positions of one sample. */
function pullSample(
  inputs: Matrix,
  cotangents: Tensor,
  n: number,
  batchSize: number,
  out: Tensor,
): void {
  const positions = inputs.rows / batchSize;
  const { tensor, stride, storedColumns, hasOnes, patches } = inputs;
  const from = n * (patches ? tensor.size / batchSize : positions * stride);
  const length = patches ? tensor.size / batchSize : (positions - 1) * stride + inputs.heldColumns;
  const own = tensor.view([length], from);
  const rows = new Matrix(own, positions, storedColumns, stride, hasOnes, false, patches);
  const [, outputs] = cotangents.shape;
  const g = cotangents.view([positions, outputs], n * positions * outputs);
  gemm(matrix(g).T, rows, out);
}
