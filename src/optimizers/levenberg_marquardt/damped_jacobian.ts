// The matrix of a damped step as a least-squares problem, known by its products; unknowns e = √D d:
//
//       [ J̃ / √B ]
//   A = [ √l2 I  ] D^(-1/2),   J̃ = SᵀJ, S Sᵀ the Hessian of the loss in the outputs:   AᵀA = D^(-1/2) (G + λ D) D^(-1/2)
//       [ √λ √D  ]
import type { LinearMap } from "../../linalg/operator.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { axpby, axpy } from "../../ops/vector.ts";
import type { DType } from "../../runtime/dtype.ts";
import { kernels } from "../../runtime/instance.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { backThroughRoot, type OutputRoot, throughRoot } from "./output_root.ts";

/** What the matrix is made of besides Jacobian and λ; tensors in the dtype of the model. */
export interface DampedParts {
  /** L2 coefficient; where it is 0 there are no rows for it. */
  readonly l2: number;
  /** D^(-1/2) (P). */
  readonly inverseRoots: Tensor;
  /** S. */
  readonly root: OutputRoot;
  /** Work (P). */
  readonly parameterWork: Tensor;
  /** Work (B, …). */
  readonly outputWork: Tensor;
}

/** The parts of a vector of as many elements as A has rows. */
export interface Blocks {
  /** (B, …). */
  readonly output: Tensor;
  /** (P), where there is l2. */
  readonly penalty: Tensor | undefined;
  /** (P). */
  readonly damping: Tensor;
}

/** Splits such a vector. */
export function blocksOf(
  { l2, inverseRoots: { shape, size }, outputWork }: DampedParts,
  t: Tensor,
): Blocks {
  const first = outputWork.size, hasPenalty = l2 > 0;
  return {
    output: t.view(outputWork.shape),
    penalty: hasPenalty ? t.view(shape, first) : undefined,
    damping: t.view(shape, first + (hasPenalty ? size : 0)),
  };
}

/** A at one point for one λ. */
export class DampedJacobian implements LinearMap {
  /** Outputs of the batch, and the parameters once, or twice with l2. */
  readonly rows: number;
  /** Parameters. */
  readonly columns: number;
  /** Element type of the model. */
  readonly dtype: DType;
  readonly #lin: Linearization;
  readonly #parts: DampedParts;
  readonly #damping: number;

  /** Multiplies by the Jacobian of a linearization, which must live as long. */
  constructor(lin: Linearization, parts: DampedParts, damping: number) {
    const { l2, inverseRoots: { size, dtype }, outputWork } = parts;
    this.rows = outputWork.size + (l2 > 0 ? 2 : 1) * size;
    this.columns = size;
    this.dtype = dtype;
    this.#lin = lin;
    this.#parts = parts;
    this.#damping = damping;
  }

  /** out = A v. */
  apply(v: Tensor, out: Tensor): Tensor {
    const { l2, root, parameterWork, outputWork } = this.#parts;
    const { output, penalty, damping } = blocksOf(this.#parts, out);
    this.#divideByRoots(v, parameterWork);
    throughRoot(root, this.#lin.jvp(parameterWork, outputWork), output);
    if (penalty) axpby(Math.sqrt(l2), parameterWork, 0, penalty);
    axpby(Math.sqrt(this.#damping), v, 0, damping);
    return out;
  }

  /** out = Aᵀ u. */
  applyTranspose(u: Tensor, out: Tensor): Tensor {
    const { l2, root, parameterWork, outputWork } = this.#parts;
    const { output, penalty, damping } = blocksOf(this.#parts, u);
    backThroughRoot(root, output, outputWork);
    this.#lin.vjp(outputWork, parameterWork);
    if (penalty) axpy(Math.sqrt(l2), penalty, parameterWork);
    this.#divideByRoots(parameterWork, out);
    return axpy(Math.sqrt(this.#damping), damping, out);
  }

  /** out = D^(-1/2) v. */
  #divideByRoots(v: Tensor, out: Tensor): void {
    const { inverseRoots } = this.#parts;
    kernels(this.dtype).multiply(v.size, v.pointer, inverseRoots.pointer, out.pointer);
  }
}
