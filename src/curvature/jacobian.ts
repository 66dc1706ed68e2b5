import { checkIndependent } from "../nn/derivative_arguments.ts";
import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import { checkOptions, checkWhole, namesOf } from "../runtime/arguments.ts";
import { bytesPerElement } from "../runtime/dtype.ts";
import { memoryUsage } from "../runtime/memory.ts";
import { filled } from "../tensor/result.ts";
import { Tensor } from "../tensor/tensor.ts";
import { outputCount, unitSeed } from "./gauss_newton_matrix/seeds.ts";

/** Options of `jacobian()`. */
export interface JacobianOptions {
  /** The number of one sample. @default all samples */
  readonly sample?: number;
}

const NAMES = namesOf<JacobianOptions>({ sample: true });

const ACTION = "make a Jacobian";

/** Bytes that a WebAssembly memory can have. */
const ADDRESSABLE_BYTES = 4294967296;

/**
 * The derivatives of the outputs in the parameters, as a matrix for each sample.
 *
 * One reverse sweep for each output; `lin.jvp()` and `lin.vjp()` multiply by it without making it.
 *
 * Shapes: result (B, K, P), K the outputs of one sample, or (K, P) for one `sample`; in the model's dtype.
 *
 * @throws {TypeError} when an argument has the wrong type.
 * @throws {RangeError} when there is no such sample, or the result cannot fit in memory.
 * @throws {DisposedError} when the linearization was disposed.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { dense, sequential, squaredError, tensor } from "curvature";
 * import { jacobian } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2] }, [dense(1)]);
 * using input = tensor([[3, 5]]);
 * using target = tensor([[0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using matrix = jacobian(lin);
 * assertEquals(matrix.toArray(), [[[3, 5, 1]]]);
 * ```
 */
export function jacobian(lin: Linearization, options: JacobianOptions = {}): Tensor {
  checkLinearization(ACTION, lin);
  checkIndependent(ACTION, lin);
  checkOptions(ACTION, options, NAMES);
  const { sample } = options;
  if (sample !== undefined) checkWhole(ACTION, "the sample", sample, 0, lin.batchSize - 1);
  const [outputs, size] = [outputCount(lin), lin.parameterCount];
  const [first, count] = sample === undefined ? [0, lin.batchSize] : [sample, 1];
  checkFits(count * outputs * size * bytesPerElement(lin.output.dtype), size);
  const shape = sample === undefined ? [count, outputs, size] : [outputs, size];
  return filled(new Tensor(lin.output.dtype, shape), (out) => {
    using seed = new Tensor(lin.output.dtype, lin.output.shape);
    for (let c = 0; c < outputs; c++) {
      unitSeed(lin, c, seed);
      const place = { offset: c * size, stride: outputs * size };
      lin.vjpRows(seed)({ first, count }, out, place);
    }
  });
}

function checkFits(bytes: number, size: number): void {
  const free = ADDRESSABLE_BYTES - memoryUsage().liveBytes;
  if (bytes <= free) return;
  throw new RangeError(
    `Cannot ${ACTION}: ${size} parameters need ${bytes} bytes of the ${free} that are free; ` +
      "lin.jvp() and lin.vjp() multiply by it without making it",
  );
}
