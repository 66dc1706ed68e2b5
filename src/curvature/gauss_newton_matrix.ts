import { checkIndependent } from "../nn/derivative_arguments.ts";
import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import { whyNoRoot } from "../nn/losses/loss.ts";
import { mirrorLower } from "../ops/face_splitting.ts";
import { checkNumber, describe, withDefaults } from "../runtime/arguments.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { memoryUsage } from "../runtime/memory.ts";
import { addEvery, diagonalOf } from "../ops/strided.ts";
import { firstNonFinite } from "../ops/vector.ts";
import { filled } from "../tensor/result.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Assembly, fastest, siteWithoutNodes } from "./gauss_newton_matrix/choice.ts";
import { assembleFromJacobian } from "./gauss_newton_matrix/from_jacobian.ts";
import { assembleNodewise } from "./gauss_newton_matrix/nodewise.ts";
import { assemblePerWeight } from "./gauss_newton_matrix/per_weight.ts";
import { outputCount, type SampleWeights } from "./gauss_newton_matrix/seeds.ts";
import { areFinite, inputsOf, outputsOf } from "./statistics/rows.ts";

/** Options of `gaussNewtonMatrix()`. */
export interface GaussNewtonMatrixOptions {
  /**
   * "nodewise" for sites that act once on each sample, as dense layers do and convolutions with one
   * position; "jacobian" for any layers and a loss with a root of its Hessian; "per-weight" for everything, slowly; "auto" takes the fastest that can. @default "auto"
   */
  readonly assembly?: "auto" | Assembly;
  /** Weights ω (B) of the samples, not negative. @default all 1 */
  readonly sampleWeights?: readonly number[];
  /** Adds l2 I, the Hessian of ½ l2 ‖θ‖². @default 0 */
  readonly l2?: number;
}

const ACTION = "make a Gauss-Newton matrix";

const ASSEMBLIES = ["auto", "jacobian", "nodewise", "per-weight"] as const;

/** Bytes that a WebAssembly memory can have. */
const ADDRESSABLE_BYTES = 4294967296;

const NO_WEIGHTS: readonly number[] = [];

const DEFAULTS: Required<GaussNewtonMatrixOptions> = Object.freeze({
  assembly: "auto",
  sampleWeights: NO_WEIGHTS,
  l2: 0,
});

/** Refuses what is not the name of an assembly. */
export function checkAssembly(action: string, assembly: unknown): void {
  if ((ASSEMBLIES as readonly unknown[]).includes(assembly)) return;
  throw new TypeError(
    `Cannot ${action}: assembly must be one of ${ASSEMBLIES.join(", ")}, not ${describe(assembly)}`,
  );
}

/** Refuses so many parameters that their matrix, `copies` times, would not fit. */
export function checkMatrixFits(action: string, size: number, copies: number): void {
  const bytes = copies * size * size * Float64Array.BYTES_PER_ELEMENT;
  const free = ADDRESSABLE_BYTES - memoryUsage().liveBytes;
  if (bytes <= free) return;
  throw new RangeError(
    `Cannot ${action}: ${size} parameters need ${bytes} bytes of the ${free} that are free; ` +
      'cg() on gaussNewton() and form "lsmr" of levenbergMarquardt() need no matrix, its dual form one of the ' +
      "batch's order",
  );
}

/** The assembly that a name stands for, refused where it cannot be. */
export function chooseAssembly(
  action: string,
  lin: Linearization,
  assembly: "auto" | Assembly,
): Assembly {
  if (assembly === "auto") return fastest(lin);
  const site = assembly === "nodewise" ? siteWithoutNodes(lin) : undefined;
  if (site) {
    throw new TypeError(
      `Cannot ${action}: site "${site.name}" does not act once on each sample as a matrix, ` +
        'assembly must be "jacobian" or "per-weight"',
    );
  }
  const lack = assembly === "jacobian" ? whyNoRoot(lin.lossFunction) : undefined;
  if (lack) {
    throw new TypeError(`Cannot ${action}: ${lack}, assembly must be "nodewise" or "per-weight"`);
  }
  return assembly;
}

/** out (P, P) float64 = (1/B) Σ ω JᵀHJ, exactly symmetric. */
export function assembleGaussNewton(
  lin: Linearization,
  assembly: Assembly,
  weights: SampleWeights,
  out: Tensor,
): void {
  if (assembly === "jacobian") return assembleFromJacobian(lin, weights, out);
  if (assembly === "per-weight") assemblePerWeight(lin, weights, out);
  else assembleNodewise(lin, weights, out);
  mirrorLower(out);
}

/**
 * The generalized Gauss-Newton matrix of the mean loss, (1/B) Σ_n J_nᵀ H_n J_n, as a matrix.
 *
 * J_n (K, P) is the Jacobian of sample n's K outputs, H_n the Hessian of the loss in them; `gaussNewton()` is the same
 * as an operator. "nodewise" costs B P² flops however many outputs there are: all weights into a node share its
 * derivatives. "jacobian" costs K B P². The difference is rounding.
 *
 * Shapes: result (P, P), exactly symmetric, in float64 whatever the model's dtype. Memory: 8 P² bytes, and 8 K N B for
 * N nodes ("nodewise") or 512 rows of the Jacobian. Deterministic.
 *
 * @throws {TypeError} when an argument has the wrong type, or the assembly does not suit the layers or the loss.
 * @throws {RangeError} when a weight or l2 is negative, or the matrix cannot fit in memory.
 * @throws {NonFiniteError} when an element of the matrix is not finite.
 * @throws {DisposedError} when the linearization was disposed.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * Source: Fairbank & Alonso 2012, "Efficient calculation of the Gauss-Newton approximation of the Hessian matrix in
 * neural networks"; Schraudolph 2002 for H. "nodewise" is derived from it, not the paper's listing.
 *
 * @example
 * ```ts
 * import { dense, gaussNewtonMatrix, sequential, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [3]]);
 * using target = tensor([[0], [0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using matrix = gaussNewtonMatrix(lin);
 * assertEquals(matrix.toArray(), [[5, 2], [2, 1]]);
 * ```
 */
export function gaussNewtonMatrix(
  lin: Linearization,
  options: GaussNewtonMatrixOptions = {},
): Tensor {
  checkLinearization(ACTION, lin);
  checkIndependent(ACTION, lin);
  const { assembly, sampleWeights, l2 } = withDefaults(ACTION, options, DEFAULTS);
  checkAssembly(ACTION, assembly);
  checkNumber(ACTION, "l2", l2, "non-negative");
  const weights = sampleWeights === NO_WEIGHTS ? undefined : checkWeights(lin, sampleWeights);
  const size = lin.parameterCount;
  checkMatrixFits(ACTION, size, 1);
  const chosen = chooseAssembly(ACTION, lin, assembly);
  return filled(new Tensor("float64", [size, size]), (out) => {
    assembleGaussNewton(lin, chosen, weights, out);
    addEvery(out, diagonalOf(size), l2);
    if (firstNonFinite(out) >= 0) throw new NonFiniteError(ACTION, whereNot(lin));
  });
}

function checkWeights(lin: Linearization, weights: unknown): readonly number[] {
  if (!Array.isArray(weights) || weights.length !== lin.batchSize) {
    throw new TypeError(
      `Cannot ${ACTION}: sampleWeights must be an array of ${lin.batchSize} numbers, one for each sample`,
    );
  }
  for (let n = 0; n < weights.length; n++) {
    checkNumber(ACTION, `sampleWeights[${n}]`, weights[n], "non-negative");
  }
  return weights;
}

/** Names the first site whose inputs or derivatives could have made a matrix that is not finite. */
function whereNot(lin: Linearization): string {
  const site = lin.sites.find((site) => !areFinite(inputsOf(site)) || !areFinite(outputsOf(site)));
  return site ? `site "${site.name}"` : `the matrix of ${outputCount(lin)} outputs`;
}
