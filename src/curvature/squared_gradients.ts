// The diagonal of the empirical Fisher matrix: the mean over samples of g ⊙ g.
//
//   one position:  G_n aᵀ_n has one row each, so Σ_n (g_n a_nᵀ)² = (G ⊙ G)ᵀ (A ⊙ A), one product
//   more of them:  each sample's gradient Σ_t g_t a_tᵀ is formed, then squared
import { pullToWeight } from "../nn/site_form.ts";
import type { AffineSite, Linearization } from "../nn/linearization.ts";
import { gemm } from "../ops/gemm.ts";
import { homogeneous, Matrix, matrix } from "../ops/matrix.ts";
import { fill } from "../ops/vector.ts";
import { kernels } from "../runtime/instance.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * out (P) = (1/B) Σ_n g_n ⊙ g_n, g_n the gradient of sample n's own loss.
 *
 * Source: Martens 2010, section 4.7.
 *
 * @throws {TypeError} when layers are tied, whose gradients do not add up as squares.
 */
export function squaredGradients(lin: Linearization, out: Tensor): Tensor {
  for (const site of lin.sites) {
    if (site.uses > 1) {
      throw new TypeError(
        `Cannot square the gradients of each sample: site "${site.name}" is shared with layers ` +
          "that are tied to it",
      );
    }
    const part = out.view(site.weight.shape, site.offset);
    if (hasOneRowEach(site)) squareByRows(site, lin.batchSize, part);
    else squareBySamples(site, lin.batchSize, part);
  }
  return out;
}

function hasOneRowEach({ form, positions, inputs }: AffineSite): boolean {
  return form === "affine" && positions === 1 && !inputs.patches &&
    inputs.stride === inputs.heldColumns;
}

function squareByRows(
  { inputs, outputGradients }: AffineSite,
  batchSize: number,
  out: Tensor,
): void {
  const { dtype } = out;
  const { square } = kernels(dtype);
  using a = new Tensor(dtype, [inputs.rows, inputs.heldColumns]);
  using g = new Tensor(dtype, outputGradients.shape);
  square(a.size, inputs.tensor.pointer, a.pointer);
  square(g.size, outputGradients.pointer, g.pointer);
  const rows = inputs.hasOnes ? homogeneous(a) : matrix(a);
  gemm(matrix(g).T, rows, out, { alpha: 1 / batchSize });
}

function squareBySamples(
  { form, inputs, outputGradients, firstRow }: AffineSite,
  batchSize: number,
  out: Tensor,
): void {
  const { multiply_add } = kernels(out.dtype);
  const gradients = matrix(outputGradients);
  using gradient = fill(new Tensor(out.dtype, out.shape), 0);
  fill(out, 0);
  for (let n = 0; n < batchSize; n++) {
    const [first, end] = [firstRow(n), firstRow(n + 1)];
    const [g, a] = [gradients, inputs].map((rows) => rowsBetween(rows, first, end));
    pullToWeight(form, g, a, gradient, { alpha: 1, beta: 0 });
    const { size, pointer } = gradient;
    multiply_add(size, 1 / batchSize, pointer, pointer, out.pointer);
  }
}

/** Some rows of a matrix; of patches all those of a sample. */
function rowsBetween(all: Matrix, first: number, end: number): Matrix {
  const { tensor, rows, columns, stride, hasOnes, patches } = all;
  const place = (row: number): number => patches ? row * tensor.size / rows : row * stride;
  const part = tensor.view([place(end - first)], place(first));
  return new Matrix(part, end - first, columns, stride, hasOnes, false, patches);
}
