import type { Tensor } from "../../tensor/tensor.ts";
import { checkLinearOperator, LinearOperator } from "../operator.ts";

class BlockDiagonalOperator extends LinearOperator {
  readonly #blocks: readonly LinearOperator[];

  constructor(blocks: readonly LinearOperator[]) {
    super({
      size: blocks.reduce((sum, { size }) => sum + size, 0),
      dtype: blocks[0].dtype,
      isSymmetric: blocks.every(({ isSymmetric }) => isSymmetric),
      isPositiveSemidefinite: blocks.every(({ isPositiveSemidefinite }) => isPositiveSemidefinite),
    });
    this.#blocks = blocks;
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    let offset = 0;
    for (const block of this.#blocks) {
      const from = v.view([block.size], offset), to = out.view([block.size], offset);
      if (isTransposed) block.applyTranspose(from, to);
      else block.apply(from, to);
      offset += block.size;
    }
  }
}

/**
 * Places operators along the diagonal: curvature without the coupling between layers.
 *
 * The result is symmetric, and positive semidefinite, when all blocks are. Its order is the sum of theirs.
 *
 * @throws {TypeError} when there is no block, or the dtypes differ.
 *
 * @example
 * ```ts
 * import { blockDiagonal, tensor } from "curvature";
 * import { denseOperator, identityOperator } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using a = tensor([[1, 2], [2, 1]]);
 * const op = blockDiagonal([denseOperator(a), identityOperator(1).scale(7)]);
 * using dense = op.toDense();
 * assertEquals(dense.toArray(), [[1, 2, 0], [2, 1, 0], [0, 0, 7]]);
 * ```
 */
export function blockDiagonal(blocks: readonly LinearOperator[]): LinearOperator {
  if (!Array.isArray(blocks) || blocks.length === 0) {
    throw new TypeError("Cannot make a block-diagonal operator: it needs at least one block");
  }
  for (const block of blocks) {
    checkLinearOperator("make a block-diagonal operator", "each block", block);
  }
  for (const { dtype } of blocks) {
    if (dtype === blocks[0].dtype) continue;
    throw new TypeError(
      `Cannot make a block-diagonal operator of ${blocks[0].dtype} and ${dtype}: the dtypes differ`,
    );
  }
  return new BlockDiagonalOperator([...blocks]);
}
