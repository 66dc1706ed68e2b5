// The part of a pooling window that lies over its image. Windows have no dilation.
import * as g from "../geometry";

// @ts-ignore: decorator
@inline
export function first_row(geometry: usize, y: i32): i32 {
  return max<i32>(y * g.stride_y(geometry) - g.top(geometry), 0);
}

// @ts-ignore: decorator
@inline
export function end_row(geometry: usize, y: i32): i32 {
  const from = y * g.stride_y(geometry) - g.top(geometry);
  return min<i32>(from + g.kernel_height(geometry), g.height(geometry));
}

// @ts-ignore: decorator
@inline
export function first_column(geometry: usize, x: i32): i32 {
  return max<i32>(x * g.stride_x(geometry) - g.left(geometry), 0);
}

// @ts-ignore: decorator
@inline
export function end_column(geometry: usize, x: i32): i32 {
  const from = x * g.stride_x(geometry) - g.left(geometry);
  return min<i32>(from + g.kernel_width(geometry), g.width(geometry));
}
