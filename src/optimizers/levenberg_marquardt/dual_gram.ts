// J̃ J̃ᵀ without J̃: the rows of one node are its derivative times its inputs, and so are their products.
//
//   K[(c, p), (c', q)] = Σ over sites of a(p)ᵀa(q) Σ_j D(c, j, p) D(c', j, q)
import type {
  NodeDerivatives,
  NodeSite,
} from "../../curvature/gauss_newton_matrix/node_derivatives.ts";
import { sampleProducts } from "../../curvature/statistics/products.ts";
import { gemm } from "../../ops/gemm.ts";
import { matrix } from "../../ops/matrix.ts";
import { axpy, fill } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** Lower triangle of out (K B, K B) = Σ over sites of (A Aᵀ) times (D(c)ᵀ D(c')), elementwise. */
export function fillGram({ sites, left }: NodeDerivatives, out: Tensor): void {
  const [outputs, , samples] = left.shape;
  const [order] = out.shape;
  using inner = new Tensor("float64", [samples, samples]);
  using product = new Tensor("float64", [samples, samples]);
  const { multiply } = kernels("float64");
  fill(out, 0);
  for (const site of sites) {
    sampleProducts(site.rows, inner);
    for (let c = 0; c < outputs; c++) {
      for (let other = 0; other <= c; other++) {
        gemm(matrix(block(left, c, site)).T, matrix(block(left, other, site)), product);
        multiply(product.size, product.pointer, inner.pointer, product.pointer);
        for (let p = 0; p < samples; p++) {
          const to = out.view([samples], (c * samples + p) * order + other * samples);
          axpy(1, product.view([samples], p * samples), to);
        }
      }
    }
  }
}

/** D(c) of one site (O, B). */
function block(left: Tensor, c: number, { nodes, firstNode }: NodeSite): Tensor {
  const [, all, samples] = left.shape;
  return left.view([nodes, samples], (c * all + firstNode) * samples);
}
