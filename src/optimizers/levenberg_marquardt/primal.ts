// (G + λ D) d = -g by Cholesky of the P by P matrix, with one step of refinement.
import { assembleGaussNewton } from "../../curvature/gauss_newton_matrix.ts";
import type { Assembly } from "../../curvature/gauss_newton_matrix/choice.ts";
import { throughHessian } from "../../curvature/gauss_newton_matrix/seeds.ts";
import { DampedFactor } from "../../linalg/damped_factor.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { symv } from "../../ops/matvec.ts";
import { axpby, axpy, dot, firstNonFinite } from "../../ops/vector.ts";
import type { FloatArray } from "../../runtime/dtype.ts";
import { DISPOSE, Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { limitScale } from "./scale.ts";
import type { DampingScaling } from "./settings.ts";
import type { DampedSystem, SystemParts } from "./system.ts";

/** G with the factor of its damped form. */
export class PrimalSystem implements DampedSystem {
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
    const { data } = this.#matrix, scale = this.#scale.data;
    for (let i = 0; i < size; i++) data[i * (size + 1)] += l2;
    fillScale(scaling, data, scale);
  }

  /** d from the factor of G + λ D. */
  solve(damping: number, d: Tensor): boolean {
    const factor = this.#factor, size = d.size;
    if (factor.factor(this.#matrix, damping, this.#scale) >= 0) return false;
    axpby(-1, this.#gradient, 0, d);
    factor.solve(d);
    const residual = symv(this.#matrix, d, this.#residual);
    const [r, x, scale] = [residual.data, d.data, this.#scale.data];
    for (let i = 0; i < size; i++) r[i] += damping * scale[i] * x[i];
    axpby(-1, this.#gradient, -1, residual);
    factor.solve(residual);
    axpy(1, residual, d);
    return firstNonFinite(d) < 0;
  }

  /** a from the factor that `solve()` left. */
  solveFor(u: Tensor, lin: Linearization, a: Tensor): boolean {
    const size = a.size;
    using seed = new Tensor(u.dtype, u.shape);
    throughHessian(lin, undefined, u, seed);
    using pulled = lin.vjp(seed);
    const [to, from] = [a.data, pulled.data];
    for (let i = 0; i < size; i++) to[i] = -from[i] / lin.batchSize;
    this.#factor.solve(a);
    return firstNonFinite(a) < 0;
  }

  /** Σ D d². */
  scaledSquares(d: Tensor): number {
    const work = this.#residual.data, x = d.data, scale = this.#scale.data;
    for (let i = 0; i < x.length; i++) work[i] = scale[i] * x[i];
    return dot(this.#residual, d);
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

/** D of a square matrix. */
function fillScale(scaling: DampingScaling, matrix: FloatArray, scale: FloatArray): void {
  const size = scale.length;
  for (let i = 0; i < size; i++) scale[i] = matrix[i * (size + 1)];
  limitScale(scaling, scale);
}
