// The same step as a least-squares problem, min ‖J̃ d + r‖² + B l2 ‖d + θ‖² + B λ ‖d‖², J̃ = SᵀJ, by QR of J̃: its condition
// number is not squared, as it is in G. For losses ½‖r‖² alone, whose gradient is S r.
import { checkMatrixFits } from "../../curvature/gauss_newton_matrix.ts";
import { rootSeeds } from "../../curvature/gauss_newton_matrix/seeds.ts";
import { DampedLeastSquares } from "../../linalg/damped_least_squares.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { widenTo } from "../../ops/widen.ts";
import { axpby, dot, firstNonFinite, multiplyInto, scale } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import { DISPOSE, Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { fillJacobianColumns } from "../jacobian_columns.ts";
import { visitThroughRoot } from "./output_root.ts";
import { limitScale } from "./scale.ts";
import type { DampingScaling } from "./settings.ts";
import { ACTION, COPIES, type DampedSystem, type Form, whyNoSquareRoot } from "./system.ts";

/** Losses ½‖r‖². */
export const SQUARE_ROOT: Form = {
  whyNot(lin) {
    const { name, residuals } = lin.lossFunction, lack = whyNoSquareRoot(lin);
    if (lack || residuals) return lack;
    return `${name} has no residuals, the square-root form is for losses ½‖r‖²`;
  },
  makeSystem({ problem, lin, parts, settings }) {
    checkMatrixFits(ACTION, lin.parameterCount, COPIES);
    return new SquareRootSystem(lin, problem.model.parameters, parts.l2, settings.scaling);
  },
};

/** R of J̃ with the right-hand side Qᵀr. */
class SquareRootSystem implements DampedSystem {
  readonly #scope = new Scope();
  readonly #system: DampedLeastSquares;
  /** D, a diagonal. */
  readonly #scale: Tensor;
  readonly #shift: Float64Array;
  readonly #x: Float64Array;
  readonly #right: Float64Array;
  readonly #work: Tensor;

  /** Factors J̃, and √l2 I below it. */
  constructor(lin: Linearization, parameters: Tensor, l2: number, scaling: DampingScaling) {
    const size = parameters.size, residuals = lin.output.size;
    const rows = residuals + (l2 > 0 ? size : 0);
    this.#shift = new Float64Array(size);
    this.#x = new Float64Array(size);
    this.#right = new Float64Array(rows);
    try {
      this.#system = this.#scope.own(new DampedLeastSquares(rows, size));
      this.#scale = this.#scope.own(new Tensor("float64", [size]));
      this.#work = this.#scope.own(new Tensor("float64", [size]));
      const columns = new Float64Array(rows * size), right = this.#right;
      const root = 1 / Math.sqrt(lin.batchSize);
      using work = new Tensor(lin.output.dtype, lin.output.shape);
      fillJacobianColumns(lin, () => root, columns, rows, rootSeeds(lin, undefined, work));
      fillResiduals(lin, -root, right);
      const theta = parameters.data;
      // In JavaScript: the factorization takes arrays of the host, and copies them once.
      for (let i = residuals; i < rows; i++) {
        const j = i - residuals;
        columns[j * rows + i] = Math.sqrt(l2);
        right[i] = -Math.sqrt(l2) * theta[j];
      }
      this.#scale.data.set(squaresOfColumns(columns, size));
      limitScale(scaling, this.#scale);
      this.#system.factor(columns, right);
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  /** d by rotations of √λ D into R. */
  solve(damping: number, d: Tensor): boolean {
    const { size, pointer } = axpby(damping, this.#scale, 0, this.#work);
    kernels("float64").sqrt(size, pointer, pointer);
    this.#shift.set(this.#work.data);
    this.#system.solve(this.#shift, this.#x);
    d.data.set(this.#x);
    return firstNonFinite(d) < 0;
  }

  /** a as the step for residuals Sᵀu. */
  solveFor(u: Tensor, lin: Linearization, a: Tensor): boolean {
    const right = this.#right.fill(0), root = 1 / Math.sqrt(lin.batchSize);
    const width = u.size / lin.batchSize;
    using projected = new Tensor("float64", u.shape);
    visitThroughRoot(lin, u, (sums, c) => widenTo(-root, sums, projected, c, width));
    right.set(projected.data);
    this.#system.solve(this.#shift, this.#x, this.#system.reflect(right));
    a.data.set(this.#x);
    return firstNonFinite(a) < 0;
  }

  /** Σ D d². */
  scaledSquares(d: Tensor): number {
    return dot(multiplyInto(this.#scale, d, this.#work), d);
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#scope.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}

/** out = factor r, r the residuals of a loss that has them. */
function fillResiduals(
  { lossFunction, output, target }: Linearization,
  factor: number,
  out: Float64Array,
): void {
  using residuals = new Tensor("float64", output.shape);
  lossFunction.residuals!(output, target, residuals);
  out.set(scale(factor, residuals).data);
}

/** The squared length of every column: the diagonal of G. */
function squaresOfColumns(columns: Float64Array, count: number): Float64Array {
  const rows = columns.length / count, out = new Float64Array(count);
  for (let j = 0; j < out.length; j++) {
    let squares = 0;
    for (let i = j * rows; i < (j + 1) * rows; i++) squares += columns[i] * columns[i];
    out[j] = squares;
  }
  return out;
}
