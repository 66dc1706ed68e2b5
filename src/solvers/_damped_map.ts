import type { LinearMap } from "../linalg/operator.ts";
import { axpby, axpy } from "../ops/vector.ts";
import type { DType } from "../runtime/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** [A; λ I]: least squares with it are those with A, damped. */
export class DampedMap implements LinearMap {
  /** Rows of A and as many as it has columns. */
  readonly rows: number;
  /** Columns of A. */
  readonly columns: number;
  /** Element type. */
  readonly dtype: DType;
  readonly #base: LinearMap;
  readonly #damping: number;

  /** Puts λ I below A. */
  constructor(base: LinearMap, damping: number) {
    this.rows = base.rows + base.columns;
    this.columns = base.columns;
    this.dtype = base.dtype;
    this.#base = base;
    this.#damping = damping;
  }

  /** out = [A v; λ v]. */
  apply(v: Tensor, out: Tensor): Tensor {
    const [above, below] = this.#parts(out);
    this.#base.apply(v, above);
    axpby(this.#damping, v, 0, below);
    return out;
  }

  /** out = Aᵀ u₁ + λ u₂. */
  applyTranspose(u: Tensor, out: Tensor): Tensor {
    const [above, below] = this.#parts(u);
    this.#base.applyTranspose(above, out);
    return axpy(this.#damping, below, out);
  }

  #parts(t: Tensor): [Tensor, Tensor] {
    const { rows, columns } = this.#base;
    return [t.view([rows]), t.view([columns], rows)];
  }
}
