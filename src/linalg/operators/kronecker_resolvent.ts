import { gemm } from "../../ops/gemm.ts";
import { matrix } from "../../ops/matrix.ts";
import { kernels } from "../../runtime/instance.ts";
import { Scope } from "../../runtime/scope.ts";
import { cast } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { preciseSymmetric } from "../_symmetric.ts";
import { eigh } from "../eigh.ts";
import { LinearOperator } from "../operator.ts";

/**
 * (G ⊗ A + damping I)⁻¹ through the eigenvectors of both factors, found in float64.
 *
 * With G = P diag(p) Pᵀ and A = Q diag(q) Qᵀ a product is P ((Pᵀ V Q) / (p qᵀ + damping)) Qᵀ.
 */
export class KroneckerResolvent extends LinearOperator {
  readonly #scope: Scope;
  readonly #left: Tensor;
  readonly #right: Tensor;
  readonly #reciprocals: Tensor;
  readonly #first: Tensor;
  readonly #second: Tensor;

  /** Decomposes both factors, which are not needed afterwards. */
  constructor(g: Tensor, a: Tensor, damping: number) {
    const { dtype } = g, shape = [g.shape[0], a.shape[0]];
    super({ size: shape[0] * shape[1], dtype, isPositiveSemidefinite: true });
    const scope = this.#scope = new Scope(), temporary = new Scope();
    try {
      const make = (): Tensor => scope.own(new Tensor(dtype, shape));
      const [left, right] = [g, a].map((factor) =>
        temporary.own(eigh(temporary.own(preciseSymmetric("invert a Kronecker product", factor))))
      );
      this.#left = scope.own(cast(left.vectors, dtype));
      this.#right = scope.own(cast(right.vectors, dtype));
      this.#reciprocals = make();
      this.#first = make();
      this.#second = make();
      fillReciprocals(this.#reciprocals, left.values, right.values, damping);
    } catch (error) {
      scope.dispose();
      throw error;
    } finally {
      temporary.dispose();
    }
  }

  override dispose(): void {
    this.#scope.dispose();
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    const first = this.#first, second = this.#second, { shape } = first;
    const p = matrix(this.#left), q = matrix(this.#right);
    gemm(p.T, matrix(v.view(shape)), first);
    gemm(matrix(first), q, second);
    const { pointer } = second;
    kernels(this.dtype).multiply(this.size, pointer, this.#reciprocals.pointer, pointer);
    gemm(p, matrix(second), first);
    gemm(matrix(first), q.T, out.view(shape));
  }
}

function fillReciprocals(out: Tensor, left: Tensor, right: Tensor, damping: number): void {
  const [p, q] = [left.data, right.data], [m, n] = [left.size, right.size];
  const given = [m, n, left.pointer, right.pointer, damping] as const;
  const first = kernels(out.dtype).kronecker_reciprocals(...given, out.pointer);
  if (first < 0) return;
  const eigenvalue = p[Math.floor(first / n)] * q[first % n] + damping;
  throw new RangeError(
    `Cannot invert a Kronecker product with damping ${damping}: it has the eigenvalue ${eigenvalue}`,
  );
}
