// The same step as a least-squares problem that LSMR solves from products with J and Jᵀ alone: no matrix at all.
//
//   min ‖A e - b‖²,  d = D^(-1/2) e;  with Aᵀb = -D^(-1/2) g the minimum solves (G + λ D) d = -g
//
// For ½‖r‖² b is (-r / √B, -√l2 θ, 0), and no condition number is squared. Other losses have no residuals: their b is
// (0, -√l2 θ, -D^(-1/2) ∇loss / √λ).
//
// Iterates are those of MINRES on the normal equations, so that a solve that ends early descends too.
//
// Source: Fong & Saunders 2011 for LSMR; the right-hand side of the other losses is ours.
import { rootSeeds } from "../../curvature/gauss_newton_matrix/seeds.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { axpby, dot, fill, firstNonFinite, multiplyInto, norm, scale } from "../../ops/vector.ts";
import { addEvery } from "../../ops/strided.ts";
import { addWidened, multiplyWidened, narrow, widen } from "../../ops/widen.ts";
import { kernels } from "../../runtime/instance.ts";
import { DISPOSE, Scope } from "../../runtime/scope.ts";
import { lsmrInPlace, LsmrWorkspace } from "../../solvers/lsmr.ts";
import { clone } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Problem } from "../optimizer.ts";
import { valuesAt } from "../schedule.ts";
import { blocksOf, DampedJacobian, type DampedParts } from "./damped_jacobian.ts";
import { addGaussNewtonDiagonal } from "./gauss_newton_diagonal.ts";
import { throughRoot } from "./output_root.ts";
import { limitScale } from "./scale.ts";
import { type DampingScaling, LSMR_DOMAINS, LSMR_FORM } from "./settings.ts";
import {
  type DampedSystem,
  type Form,
  type IterativeSolve,
  type SystemParts,
  whyNoSquareRoot,
} from "./system.ts";

/** When a solve ends. */
interface SolverLimits {
  /** Largest ‖(G + λ D) d + g‖ in units of ‖g‖, both multiplied by D^(-1/2). */
  readonly solverTolerance: number;
  /** Most iterations. */
  readonly maxIterations: number;
}

/** Convex losses, any layers, any number of parameters. */
export const LSMR: Form = {
  whyNot: whyNoSquareRoot,
  makeSystem({ problem, lin, parts, settings: { lsmr, scaling }, step }) {
    const limits = valuesAt(LSMR_FORM, lsmr, LSMR_DOMAINS, step);
    return new LsmrSystem(problem, lin, parts, scaling, limits);
  },
};

/** The step at one point; a solve linearizes anew, since trials between two of them move the parameters. */
class LsmrSystem implements DampedSystem {
  readonly #scope = new Scope();
  readonly #problem: Problem;
  readonly #gradient: Tensor;
  readonly #limits: SolverLimits;
  readonly #hasResiduals: boolean;
  readonly #parts: DampedParts;
  readonly #right: Tensor;
  readonly #workspace: LsmrWorkspace;
  #damping = 0;
  #iterations = 0;
  #residualAlong = 0;

  /** Makes D, and plans the vectors. */
  constructor(
    problem: Problem,
    lin: Linearization,
    { gradient, l2 }: SystemParts,
    scaling: DampingScaling,
    limits: SolverLimits,
  ) {
    const { lossFunction, output: { dtype, shape } } = lin;
    const own = (shape: readonly number[]): Tensor => this.#scope.own(new Tensor(dtype, shape));
    this.#problem = problem;
    this.#gradient = gradient;
    this.#limits = limits;
    this.#hasResiduals = lossFunction.residuals !== undefined;
    try {
      this.#parts = {
        l2,
        inverseRoots: own(gradient.shape),
        root: {
          write: lossFunction.hasUnitHessian ? undefined : rootSeeds(lin, undefined, own(shape)),
          column: own(shape),
        },
        parameterWork: own(gradient.shape),
        outputWork: own(shape),
      };
      fillInverseRoots(lin, l2, scaling, this.#parts.inverseRoots);
      const map = new DampedJacobian(lin, this.#parts, 0);
      this.#right = own([map.rows]);
      this.#workspace = this.#scope.own(new LsmrWorkspace(map));
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  /** What the solves came to. */
  get iterative(): IterativeSolve {
    return { iterations: this.#iterations, residualAlong: this.#residualAlong };
  }

  /** d from LSMR, as near as the limits allow. */
  solve(damping: number, d: Tensor): boolean {
    const { model, loss, batch } = this.#problem;
    using lin = model.linearize(loss, batch);
    this.#damping = damping;
    this.#fillRight(lin);
    if (firstNonFinite(this.#right) >= 0) return false;
    const map = new DampedJacobian(lin, this.#parts, damping);
    if (!this.#minimize(map, d)) return false;
    const { x, av } = this.#workspace;
    const image = norm(map.apply(x, av));
    this.#residualAlong = image * image + dot(d, this.#gradient);
    return true;
  }

  /** a as the step for the right-hand side (-Sᵀu / √B, 0, 0). */
  solveFor(u: Tensor, lin: Linearization, a: Tensor): boolean {
    const right = fill(this.#right, 0);
    const { output: block } = blocksOf(this.#parts, right);
    throughRoot(this.#parts.root, u, block);
    scale(-1, block);
    if (firstNonFinite(right) >= 0) return false;
    return this.#minimize(new DampedJacobian(lin, this.#parts, this.#damping), a);
  }

  /** ‖√D d‖². */
  scaledSquares(d: Tensor): number {
    const { dtype, pointer } = this.#parts.inverseRoots;
    return kernels(dtype).scaled_squares(d.size, d.pointer, pointer);
  }

  /** Gives the vectors back. */
  dispose(): void {
    this.#scope.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  #fillRight({ lossFunction, output, target, batchSize }: Linearization): void {
    const { parameters } = this.#problem.model, { l2, inverseRoots } = this.#parts;
    const { output: block, penalty, damping } = blocksOf(this.#parts, fill(this.#right, 0));
    if (penalty) axpby(-Math.sqrt(l2), parameters, 0, penalty);
    if (this.#hasResiduals) {
      lossFunction.residuals!(output, target, block);
      scale(-1 / Math.sqrt(batchSize), block);
      return;
    }
    using loss = clone(this.#gradient);
    addWidened(-l2, parameters, loss);
    using scaled = new Tensor("float64", loss.shape);
    widen(-1 / Math.sqrt(this.#damping), inverseRoots, scaled);
    narrow(1, multiplyInto(scaled, loss, scaled), damping);
  }

  #minimize(map: DampedJacobian, out: Tensor): boolean {
    const { solverTolerance, maxIterations } = this.#limits;
    const limits = { tolerance: 0, normalTolerance: solverTolerance, maxIterations };
    const { x, status, iterations } = lsmrInPlace(this.#workspace, map, this.#right, limits);
    this.#iterations += iterations;
    multiplyWidened(this.#parts.inverseRoots, widen(1, x, out));
    return status !== "non-finite" && firstNonFinite(out) < 0;
  }
}

/** out = D^(-1/2), D of the diagonal of G + l2. */
function fillInverseRoots(
  lin: Linearization,
  l2: number,
  scaling: DampingScaling,
  out: Tensor,
): void {
  const { size } = out, { sqrt, divide } = kernels("float64");
  using diagonal = fill(new Tensor("float64", [size]), 0);
  using ones = fill(new Tensor("float64", [size]), 1);
  if (scaling !== "identity") addGaussNewtonDiagonal(lin, diagonal);
  addEvery(diagonal, { first: 0, step: 1, count: size }, l2);
  limitScale(scaling, diagonal);
  sqrt(size, diagonal.pointer, diagonal.pointer);
  divide(size, ones.pointer, diagonal.pointer, diagonal.pointer);
  narrow(1, diagonal, out);
}
