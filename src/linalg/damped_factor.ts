// The Cholesky factor of a damped matrix in storage that is planned once and factored again for every damping.
import { addEvery, diagonalOf } from "../ops/strided.ts";
import type { DType } from "../runtime/dtype.ts";
import { instance, kernels } from "../runtime/instance.ts";
import { workspace } from "../runtime/memory.ts";
import type { Tensor } from "../tensor/tensor.ts";

const TRANSPOSED = 1, RIGHT = 2;

/** The scratch memory of `factor()` and `solve()`, for who must not lack it once other memory is taken. */
export function factorScratch(): number {
  return workspace(instance().exports.potrf_work_bytes());
}

/** The scratch memory of `invert()` too. */
export function inverseScratch(dtype: DType, size: number): number {
  const { potri_work_bytes } = kernels(dtype);
  return workspace(Math.max(instance().exports.potrf_work_bytes(), potri_work_bytes(size)));
}

/**
 * L of A + λ D = L Lᵀ, in the dtype of its storage of n² elements, which belongs to the caller.
 *
 * Nothing is checked; `cholesky()` is for users.
 */
export class DampedFactor {
  readonly #storage: Tensor;
  readonly #size: number;

  /** Plans factors of an order in this storage. */
  constructor(storage: Tensor, size: number) {
    this.#storage = storage;
    this.#size = size;
  }

  /**
   * Factors matrix + damping D; the matrix, of any dtype, may be the storage itself.
   *
   * @param scale D (n), a diagonal. Default: I.
   * @returns The index of the first pivot that is not positive; -1 where there is none.
   */
  factor(matrix: Tensor, damping = 0, scale?: Tensor): number {
    const storage = this.#storage, n = this.#size;
    const work = factorScratch(); // before any view: memory may grow
    if (matrix !== storage) storage.data.set(matrix.data);
    addEvery(storage, diagonalOf(n), damping, scale);
    return kernels(storage.dtype).potrf(n, storage.pointer, n, work) - 1;
  }

  /** x := (A + λ D)⁻¹ x for `columns` of rows that begin `stride` elements apart. */
  solve(x: Tensor, columns = 1, stride = columns): void {
    const { dtype, pointer } = this.#storage, n = this.#size;
    kernels(dtype).potrs(n, columns, pointer, n, x.pointer, stride, factorScratch());
  }

  /** x := x (A + λ D)⁻¹ for `rows` that begin `stride` elements apart. */
  solveRight(x: Tensor, rows: number, stride: number): void {
    const { dtype, pointer } = this.#storage, n = this.#size, { trsm } = kernels(dtype);
    const work = workspace(instance().exports.gemm_work_bytes());
    trsm(RIGHT | TRANSPOSED, rows, n, 1, pointer, n, x.pointer, stride, work);
    trsm(RIGHT, rows, n, 1, pointer, n, x.pointer, stride, work);
  }

  /** Makes the storage the inverse of what was factored, exactly symmetric. */
  invert(): void {
    const { dtype, pointer } = this.#storage, n = this.#size;
    kernels(dtype).potri(n, pointer, n, inverseScratch(dtype, n));
  }
}
