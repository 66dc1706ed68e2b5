// The limited-memory inverse-BFGS factor in compact form (Byrd, Nocedal & Schnabel 1994, theorem 2.2),
// from H0 = I:
//
//   S = [s_1 … s_p], Y = [y_1 … y_p]  oldest first,  R = triu(SᵀY),  D = diag(s_iᵀ y_i)
//   H = I + [S Y] K [S Y]ᵀ,  K = [ R^-T (D + YᵀY) R^-1   -R^-T ]
//                                [ -R^-1                    0  ]
//
// The pairs are rows of one tensor, s_i in row 2i and y_i in row 2i + 1, so that the p pairs in use are one
// contiguous matrix B and H V = V + Bᵀ (K (B V)) is three products. R^-1 and YᵀY are kept in float64 and
// grow or shrink by one row and column with each pair.
import { gemm } from "../../ops/gemm.ts";
import { type Matrix, matrix } from "../../ops/matrix.ts";
import { copy, dot } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import { elementBytes, workspace } from "../../runtime/memory.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { InverseFactor } from "./inverse_factor.ts";

/** The tensors of a compact inverse; all but the last two are remembered between steps. */
export interface CompactStorage {
  /** Pairs as rows (2p, n). */
  readonly pairs: Tensor;
  /** R^-1 (p, p), float64, upper triangular. */
  readonly inverseR: Tensor;
  /** YᵀY (p, p), float64. */
  readonly gramY: Tensor;
  /** sᵀy of each pair (p), float64. */
  readonly products: Tensor;
  /** K (2p, 2p). */
  readonly kernel: Tensor;
  /** Space for B V and K (B V), 4p times the columns of V at least. */
  readonly workspace: Tensor;
}

/** H = I updated by the last p pairs. */
export class CompactInverse implements InverseFactor {
  /** Order of the factor. */
  readonly size: number;
  /** Pairs held at most (p). */
  readonly memory: number;
  readonly #storage: CompactStorage;
  #count = 0;

  /** Works on `storage` with the pairs that it holds; zeros do not count. */
  constructor(storage: CompactStorage) {
    this.size = storage.pairs.shape[1];
    this.memory = storage.pairs.shape[0] / 2;
    this.#storage = storage;
    this.reload();
  }

  /** Counts the pairs in `storage`, whose sᵀy are positive, and forms K anew. */
  reload(): void {
    // In JavaScript: one number for each pair, when a state is restored.
    const free = this.#storage.products.data.findIndex((product) => !(product > 0));
    this.#count = free < 0 ? this.memory : free;
    this.#formKernel();
  }

  /** Pairs in use. */
  get count(): number {
    return this.#count;
  }

  /** out = H y. */
  multiply(y: Tensor, out: Tensor): Tensor {
    return this.multiplyMatrix(matrix(y.view([this.size, 1])), out.view([this.size, 1]));
  }

  /** out = H V. */
  multiplyMatrix(v: Matrix, out: Tensor): Tensor {
    copy(v.tensor, out);
    const rows = 2 * this.#count;
    if (rows === 0) return out;
    const { pairs, kernel, workspace: space } = this.#storage;
    const b = matrix(pairs.view([rows, this.size]));
    const k = matrix(kernel.view([rows, rows]));
    const projected = space.view([rows, v.columns]);
    const weighted = space.view([rows, v.columns], rows * v.columns);
    gemm(b, v, projected);
    gemm(k, matrix(projected), weighted);
    return gemm(b.T, matrix(weighted), out, { beta: 1 });
  }

  /** Appends a pair, forgetting the oldest when all p are in use. */
  update(s: Tensor, y: Tensor): boolean {
    const product = dot(s, y);
    if (!(product > 0 && product < Infinity && 1 / product < Infinity)) return false;
    if (this.#count === this.memory) this.#forgetOldest();
    this.#append(s, y, product);
    this.#formKernel();
    return true;
  }

  #row(index: number): Tensor {
    return this.#storage.pairs.view([this.size], index * this.size);
  }

  #forgetOldest(): void {
    const { pairs, inverseR, gramY, products } = this.#storage;
    const p = this.memory;
    pairs.data.copyWithin(0, 2 * this.size);
    products.data.copyWithin(0, 1);
    // In JavaScript: rows of a matrix of the order of the pairs, moved whole.
    for (const { data } of [inverseR, gramY]) {
      for (let i = 1; i < p; i++) data.copyWithin((i - 1) * p, i * p + 1, (i + 1) * p);
    }
    this.#count--;
  }

  /** R^-1 gains the column -R^-1 (Sᵀy) / sᵀy and the corner 1 / sᵀy, YᵀY a row and a column. */
  #append(s: Tensor, y: Tensor, product: number): void {
    const { pairs, inverseR, gramY, products } = this.#storage;
    const [p, n] = [this.memory, this.#count];
    copy(s, this.#row(2 * n));
    copy(y, this.#row(2 * n + 1));
    const scratch = workspace(elementBytes("float64", p));
    const { append_pair } = kernels(pairs.dtype);
    append_pair(
      ...[p, n, this.size, pairs.pointer, product] as const,
      ...[inverseR.pointer, gramY.pointer, scratch] as const,
    );
    products.data[n] = product;
    this.#count++;
  }

  /** Fills K for the interleaved order of the pairs. */
  #formKernel(): void {
    const { inverseR, gramY, products, kernel } = this.#storage;
    const [p, n] = [this.memory, this.#count];
    const middle = workspace(elementBytes("float64", n * n));
    kernels(kernel.dtype).compact_kernel(
      ...[p, n, inverseR.pointer, gramY.pointer, products.pointer] as const,
      ...[kernel.pointer, middle] as const,
    );
  }
}
