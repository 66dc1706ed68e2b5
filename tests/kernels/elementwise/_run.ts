// Runs elementwise kernels on guarded copies of their operands.
import type { DType } from "../../../src/runtime/dtype.ts";
import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { Guarded } from "../_guarded.ts";

/** The kernels that map one array to another. */
export type Unary =
  | ("exp" | "log" | "tanh" | "sigmoid" | "softplus" | "normal_cdf")
  | ("sqrt" | "square");

export const ACTIVATIONS = [
  ...["relu", "leaky_relu", "elu", "selu", "gelu"] as const,
  ...["gelu_tanh", "silu", "tanh", "sigmoid", "softplus"] as const,
] as const;

/** The name of an activation in the kernels. */
export type Activation = typeof ACTIVATIONS[number];

/** The operands in kernel memory, the last of them for the result; checks the guards and the inputs. */
export function onGuarded<R>(
  dtype: DType,
  inputs: readonly ArrayLike<number>[],
  outputLength: number,
  run: (inputs: number[], output: number) => R,
): { output: Float64Array; result: R } {
  const guarded = inputs.map((values) => new Guarded(dtype, 1, values.length).set(values));
  const target = new Guarded(dtype, 1, outputLength);
  const result = run(guarded.map((operand) => operand.pointer), target.pointer);
  const output = target.take();
  guarded.forEach((operand, which) => {
    const after = operand.take();
    const isSame = after.every((value, i) => Object.is(value, stored(dtype, inputs[which][i])));
    equal(isSame, true, `operand ${which} is left as it was`);
  });
  return { output, result };
}

function stored(dtype: DType, value: number): number {
  return dtype === "float32" ? Math.fround(value) : value;
}

/** F(x) by the kernel. */
export function unary(dtype: DType, name: Unary, x: ArrayLike<number>): Float64Array {
  return onGuarded(dtype, [x], x.length, ([at], out) => kernels(dtype)[name](x.length, at, out))
    .output;
}

/** phi(x) by the kernel. */
export function value(
  dtype: DType,
  name: Activation,
  parameter: number,
  x: ArrayLike<number>,
): Float64Array {
  return onGuarded(
    dtype,
    [x],
    x.length,
    ([at], out) => kernels(dtype)[`${name}_value`](x.length, parameter, at, out),
  ).output;
}

/** phi'(x) t or phi''(x) t by the kernel, from x and y = phi(x). */
export function derivative(
  dtype: DType,
  name: Activation,
  order: "d1" | "d2",
  parameter: number,
  x: ArrayLike<number>,
  t: ArrayLike<number> = new Float64Array(x.length).fill(1),
): Float64Array {
  const y = value(dtype, name, parameter, x);
  return onGuarded(
    dtype,
    [x, y, t],
    x.length,
    ([xs, ys, ts], out) => kernels(dtype)[`${name}_${order}`](x.length, parameter, xs, ys, ts, out),
  ).output;
}
