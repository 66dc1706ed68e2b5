/**
 * Dense factorizations, and matrices as views of tensors.
 *
 * @module
 */
export { matmul } from "./src/ops/gemm.ts";
export type { MatmulOptions, ProductScales } from "./src/ops/gemm.ts";
export { homogeneous, Matrix, matrix } from "./src/ops/matrix.ts";
export { cholesky, CholeskyFactor, choleskySolve } from "./src/linalg/cholesky.ts";
export { Eigendecomposition, eigh } from "./src/linalg/eigh.ts";
