// (G + λ D) d = -g by Cholesky of the P by P matrix, with one step of refinement.
import {
  assembleGaussNewton,
  checkMatrixFits,
  chooseAssembly,
} from "../../curvature/gauss_newton_matrix.ts";
import type { Assembly } from "../../curvature/gauss_newton_matrix/choice.ts";
import { throughHessian } from "../../curvature/gauss_newton_matrix/seeds.ts";
import { DampedFactor } from "../../linalg/damped_factor.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { symv } from "../../ops/matvec.ts";
import { addEvery, copyEvery, diagonalOf } from "../../ops/strided.ts";
import { narrowDivided, widen } from "../../ops/widen.ts";
import { axpby, axpy, dot, firstNonFinite, multiplyInto } from "../../ops/vector.ts";
import { DISPOSE, Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { limitScale } from "./scale.ts";
import type { DampingScaling } from "./settings.ts";
import { ACTION, COPIES, type DampedSystem, type Form, type SystemParts } from "./system.ts";

/** Any loss, any layers. */
export const PRIMAL: Form = {
  whyNot: () => undefined,
  makeSystem({ lin, parts, settings: { primal, scaling } }) {
    checkMatrixFits(ACTION, lin.parameterCount, COPIES);
    return new PrimalSystem(lin, parts, chooseAssembly(ACTION, lin, primal.assembly), scaling);
  },
};

/** G with the factor of its damped form. */
class PrimalSystem implements DampedSystem {
  readonly #scope = new Scope();
  readonly #matrix: Tensor;
  readonly #factor: DampedFactor;
  readonly #residual: Tensor;
  /** D, a diagonal. */
  readonly #scale: Tensor;
  readonly #gradient: Tensor;

  /** Assembles G. */
  constructor(
    lin: Linearization,
    { gradient, l2 }: SystemParts,
    assembly: Assembly,
    scaling: DampingScaling,
  ) {
    const size = gradient.size;
    const own = (...shape: number[]): Tensor => this.#scope.own(new Tensor("float64", shape));
    try {
      this.#matrix = own(size, size);
      this.#factor = new DampedFactor(own(size, size), size);
      this.#residual = own(size);
      this.#scale = own(size);
      this.#gradient = gradient;
      assembleGaussNewton(lin, assembly, undefined, this.#matrix);
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
    addEvery(this.#matrix, diagonalOf(size), l2);
    const whole = { first: 0, step: 1, count: size };
    copyEvery(this.#matrix, diagonalOf(size), this.#scale, whole);
    limitScale(scaling, this.#scale);
  }

  /** d from the factor of G + λ D. */
  solve(damping: number, d: Tensor): boolean {
    const factor = this.#factor;
    if (factor.factor(this.#matrix, damping, this.#scale) >= 0) return false;
    axpby(-1, this.#gradient, 0, d);
    factor.solve(d);
    const residual = symv(this.#matrix, d, this.#residual);
    this.#addDamping(damping, d, residual);
    axpby(-1, this.#gradient, -1, residual);
    factor.solve(residual);
    axpy(1, residual, d);
    return firstNonFinite(d) < 0;
  }

  /** a from the factor that `solve()` left. */
  solveFor(u: Tensor, lin: Linearization, a: Tensor): boolean {
    using seed = new Tensor(u.dtype, u.shape);
    throughHessian(lin, undefined, u, seed);
    using pulled = lin.vjp(seed);
    narrowDivided(widen(1, pulled, a), -lin.batchSize, a);
    this.#factor.solve(a);
    return firstNonFinite(a) < 0;
  }

  /** Σ D d². */
  scaledSquares(d: Tensor): number {
    return dot(multiplyInto(this.#scale, d, this.#residual), d);
  }

  /** residual += (damping D) d. */
  #addDamping(damping: number, d: Tensor, residual: Tensor): void {
    using product = new Tensor("float64", d.shape);
    axpby(damping, this.#scale, 0, product);
    axpy(1, multiplyInto(product, d, product), residual);
  }

  /** Gives the matrices back. */
  dispose(): void {
    this.#scope.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}
