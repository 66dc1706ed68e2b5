// Checks of what losses are called with, by a model or directly. They read no element, except that class
// indices are addresses to the kernels and are looked at each time.
import { checkShape, formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import { overlaps } from "../../tensor/result.ts";
import { checkTensor, type Tensor } from "../../tensor/tensor.ts";
import { checkProjection } from "./projection.ts";

/** Refuses the shape of outputs that is not (B, …). */
export function checkOutputShape(name: string, output: unknown): asserts output is Shape {
  checkShape(`evaluate ${name}`, output);
  if (output.length > 0 && output[0] > 0) return;
  throw new TypeError(
    `Cannot evaluate ${name}: outputs must be (B, …), not ${formatShape(output)}`,
  );
}

/** Refuses outputs that are no tensor of samples. */
export function checkOutput(name: string, output: unknown): asserts output is Tensor {
  checkTensor(`evaluate ${name}`, "the outputs", output);
  checkOutputShape(name, output.shape);
}

/** Refuses what is not a tensor of the outputs' dtype. */
export function checkOperand(name: string, what: string, output: Tensor, operand: unknown): void {
  checkTensor(`evaluate ${name}`, what, operand);
  if (operand.dtype === output.dtype) return;
  throw new TypeError(
    `Cannot evaluate ${name}: ${what} must be ${output.dtype}, not ${operand.dtype}`,
  );
}

/** Refuses what is not a tensor like the outputs. */
export function checkLike(name: string, what: string, output: Tensor, operand: unknown): void {
  checkOperand(name, what, output, operand);
  const { shape } = operand as Tensor;
  if (sameShape(shape, output.shape)) return;
  throw new TypeError(
    `Cannot evaluate ${name}: outputs have shape ${formatShape(output.shape)}, ${what} ${
      formatShape(shape)
    }`,
  );
}

/** Refuses a result that is not like the outputs, or that lies over what the kernel reads. */
export function checkResult(
  name: string,
  output: Tensor,
  result: unknown,
  read: readonly Tensor[],
): void {
  checkLike(name, "the result", output, result);
  if (!read.some((tensor) => overlaps(result as Tensor, tensor))) return;
  throw new TypeError(`Cannot evaluate ${name}: the result overlaps what it is made from`);
}

/** Refuses residuals that are not like the outputs, or lie over what they are made from; float64 holds those of float32. */
export function checkResiduals(
  name: string,
  output: Tensor,
  target: Tensor,
  result: unknown,
): void {
  checkTensor(`evaluate ${name}`, "the result", result);
  const out = result as Tensor;
  if (out.dtype !== "float64") return checkResult(name, output, out, [output, target]);
  if (!sameShape(out.shape, output.shape)) {
    throw new TypeError(
      `Cannot evaluate ${name}: outputs have shape ${formatShape(output.shape)}, the result ${
        formatShape(out.shape)
      }`,
    );
  }
  if (![output, target].some((tensor) => overlaps(out, tensor))) return;
  throw new TypeError(`Cannot evaluate ${name}: the result overlaps what it is made from`);
}

/** The same for a product H u, which may replace u as a whole. */
export function checkProduct(
  name: string,
  output: Tensor,
  target: Tensor,
  u: unknown,
  result: unknown,
): void {
  checkLike(name, "the vector", output, u);
  checkResult(name, output, result, [output, target]);
  const [from, to] = [u as Tensor, result as Tensor];
  if (from.pointer === to.pointer || !overlaps(from, to)) return;
  throw new TypeError(`Cannot evaluate ${name}: the result overlaps a part of the vector`);
}

/** The same where the kernel reads u after it began to write: the result may not replace u. */
export function checkRowProduct(
  name: string,
  output: Tensor,
  target: Tensor,
  u: unknown,
  result: unknown,
): void {
  checkLike(name, "the vector", output, u);
  checkResult(name, output, result, [output, target, u as Tensor]);
}

/** Refuses what a mean of projected Hessians cannot be made from or written to. */
export function checkMeanHessian(
  name: string,
  output: Tensor,
  target: Tensor,
  projection: unknown,
  work: unknown,
  result: unknown,
): void {
  const action = `evaluate ${name}`;
  checkProjection(action, projection);
  checkResult(name, output, work, [output, target]);
  checkOperand(name, "the result", output, result);
  const width = output.size / output.shape[0], out = result as Tensor;
  if (!sameShape(out.shape, [width, width])) {
    throw new TypeError(
      `Cannot ${action}: the result has shape ${formatShape(out.shape)}, not (${width}, ${width})`,
    );
  }
  if (![output, target, work as Tensor].some((tensor) => overlaps(out, tensor))) return;
  throw new TypeError(`Cannot ${action}: the result overlaps what it is made from`);
}
