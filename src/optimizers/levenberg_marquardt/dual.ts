// The same step from a system of order B K, for more parameters than outputs:
//
//   d = -(1/μ) (g - J̃ᵀ y),   (J̃ J̃ᵀ + B μ I) y = J̃ g,   μ = λ + l2,   J̃ = Sᵀ J, S Sᵀ the Hessian in the outputs
//
// and for ½‖r‖² without l2, where g = J̃ᵀ r / B, without the difference: d = -J̃ᵀ (J̃ J̃ᵀ + B λ I)⁻¹ r.
// J̃ is never formed: J̃ J̃ᵀ is a sum over sites of elementwise products, (A Aᵀ) with (D(c)ᵀ D(c')).
//
// Source: the push-through identity, and Woodbury's; the sum over sites follows from a(p)ᵀa(q) being the product of
// the rows of one node.
import { checkMatrixFits } from "../../curvature/gauss_newton_matrix.ts";
import { siteWithoutNodes } from "../../curvature/gauss_newton_matrix/choice.ts";
import {
  type NodeDerivatives,
  nodeDerivatives,
} from "../../curvature/gauss_newton_matrix/node_derivatives.ts";
import { rowsOf } from "../../curvature/statistics/rows.ts";
import { crossProduct } from "../../curvature/statistics/sums.ts";
import { DampedFactor } from "../../linalg/damped_factor.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { matrix } from "../../ops/matrix.ts";
import { axpby, axpy, copy, dot, fill, firstNonFinite, scale } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import { elementBytes } from "../../runtime/memory.ts";
import { DISPOSE, Scope } from "../../runtime/scope.ts";
import { cast } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { fillGram } from "./dual_gram.ts";
import { visitThroughRoot } from "./output_root.ts";
import {
  ACTION,
  COPIES,
  type DampedSystem,
  type Form,
  type SystemParts,
  whyNoSquareRoot,
} from "./system.ts";

/** Sites that act once on each sample, convex losses, D = I. */
export const DUAL: Form = {
  whyNot(lin) {
    const lack = whyNoSquareRoot(lin),
      site = lack === undefined ? siteWithoutNodes(lin) : undefined;
    return site
      ? `site "${site.name}" does not act once on each sample as a matrix, form must be "primal"`
      : lack;
  },
  makeSystem({ lin, parts }) {
    checkMatrixFits(ACTION, lin.output.size, COPIES);
    return new DualSystem(lin, parts);
  },
};

/** J̃ J̃ᵀ with the factor of its damped form. Rows of J̃: outputs c, and samples within each. */
class DualSystem implements DampedSystem {
  readonly #scope = new Scope();
  readonly #derivatives: NodeDerivatives;
  readonly #gram: Tensor;
  readonly #factor: DampedFactor;
  /** J̃ g, or r (K, B). */
  readonly #right: Tensor;
  readonly #y: Tensor;
  readonly #pulled: Tensor;
  readonly #parts: SystemParts;
  readonly #isDirect: boolean;

  /** Makes J̃ J̃ᵀ. */
  constructor(lin: Linearization, parts: SystemParts) {
    const own = (...shape: number[]): Tensor => this.#scope.own(new Tensor("float64", shape));
    this.#parts = parts;
    try {
      this.#derivatives = nodeDerivatives(lin, undefined, this.#scope);
      const { left: { shape: [outputs, nodes, samples] } } = this.#derivatives;
      const order = outputs * samples;
      this.#gram = own(order, order);
      this.#factor = new DampedFactor(own(order, order), order);
      this.#right = own(outputs, samples);
      this.#y = own(outputs, samples);
      this.#pulled = own(nodes, samples);
      fillGram(this.#derivatives, this.#gram);
      this.#isDirect = parts.l2 === 0 && lin.lossFunction.residuals !== undefined;
      if (this.#isDirect) fillResiduals(lin, this.#right);
      else fillProjections(lin, parts.gradient, this.#right);
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  /** d from the factor of J̃ J̃ᵀ + B μ I. */
  solve(damping: number, d: Tensor): boolean {
    const factor = this.#factor;
    const [, samples] = this.#right.shape;
    const mu = damping + this.#parts.l2;
    if (factor.factor(this.#gram, samples * mu) >= 0) return false;
    copy(this.#right, this.#y);
    factor.solve(this.#y);
    this.#pullBack(d);
    if (this.#isDirect) scale(-1, d);
    else axpby(-1 / mu, this.#parts.gradient, 1 / mu, d);
    return firstNonFinite(d) < 0;
  }

  /** a = -J̃ᵀ (J̃ J̃ᵀ + B μ I)⁻¹ Sᵀu from the factor that `solve()` left. */
  solveFor(u: Tensor, lin: Linearization, a: Tensor): boolean {
    fillThroughRoot(lin, u, this.#y);
    this.#factor.solve(this.#y);
    this.#pullBack(a);
    scale(-1, a);
    return firstNonFinite(a) < 0;
  }

  /** ‖d‖². */
  scaledSquares(d: Tensor): number {
    return dot(d, d);
  }

  /** Gives the matrices back. */
  dispose(): void {
    this.#scope.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  /** out = J̃ᵀ y: at each site (Σ_c y(c) D(c)) A. */
  #pullBack(out: Tensor): void {
    const { sites, left } = this.#derivatives;
    const [outputs, nodes, samples] = left.shape;
    const { multiply } = kernels("float64");
    const pulled = this.#pulled, y = this.#y;
    using product = new Tensor("float64", [samples]);
    fill(pulled, 0);
    for (let node = 0; node < nodes; node++) {
      const row = pulled.view([samples], node * samples);
      for (let c = 0; c < outputs; c++) {
        const from = left.pointer + elementBytes("float64", (c * nodes + node) * samples);
        const factors = y.pointer + elementBytes("float64", c * samples);
        multiply(samples, from, factors, product.pointer);
        axpy(1, product, row);
      }
    }
    for (const { rows, offset, nodes, firstNode } of sites) {
      const cotangents = matrix(pulled.view([nodes, samples], firstNode * samples)).T;
      crossProduct(rowsOf(cotangents), rows, out.view([nodes, rows.columns], offset));
    }
  }
}

/** out (K, B) = the residuals. */
function fillResiduals({ lossFunction, output, target }: Linearization, out: Tensor): void {
  const [outputs, samples] = out.shape;
  using residuals = new Tensor("float64", output.shape);
  lossFunction.residuals!(output, target, residuals);
  const { pointer } = residuals;
  kernels("float64").transpose(samples, outputs, pointer, outputs, out.pointer, samples);
}

/** out (K, B) = J̃ g: J g by forward mode, then Sᵀ. */
function fillProjections(lin: Linearization, gradient: Tensor, out: Tensor): void {
  using g = cast(gradient, lin.output.dtype);
  using pushed = lin.jvp(g);
  fillThroughRoot(lin, pushed, out);
}

/** out (K, B) = Sᵀu of every sample. */
function fillThroughRoot(lin: Linearization, changes: Tensor, out: Tensor): void {
  const [, samples] = out.shape;
  visitThroughRoot(lin, changes, (sums, c) => copy(sums, out.view([samples], c * samples)));
}
