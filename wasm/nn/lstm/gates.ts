// What the kernels of an LSTM have in common. A row of z, or of its tangents and cotangents, holds the gates' blocks
// i, f, g, o of `units` elements each; a row of s holds what the gates gave, i, f, g, o, and tanh c behind them.
// Consecutive cell states of a sample are `units` apart. Strides of rows (ld…) are in elements.
import { load_step } from "../../inline/step";

/** The elements `block` blocks of `units` behind p. */
// @ts-ignore: decorator
@inline
export function gate<T>(p: usize, block: i32, units: i32, count: i32): v128 {
  return load_step<T>(address<T>(p, block, units), count);
}

/** The address `rows` rows of `stride` elements behind p. */
// @ts-ignore: decorator
@inline
export function address<T>(p: usize, rows: i32, stride: i32): usize {
  return p + <usize> rows * <usize> stride * sizeof<T>();
}

/** The derivative of the sigmoid whose value is y. */
// @ts-ignore: decorator
@inline
export function sigmoid_slope<T>(y: v128): v128 {
  return v128.mul<T>(y, v128.sub<T>(v128.splat<T>(<T> 1), y));
}

/** The derivative of the hyperbolic tangent whose value is y. */
// @ts-ignore: decorator
@inline
export function tanh_slope<T>(y: v128): v128 {
  const one = v128.splat<T>(<T> 1);
  return v128.mul<T>(v128.sub<T>(one, y), v128.add<T>(one, y));
}
