// How windows lie over images: 15 numbers (i32), kept in a block of memory that the host writes.
//
// Images are (batch, height, width, channels). Window (y, x) of an image begins at row y strideY - top and column
// x strideX - left; its rows and columns are dilationY and dilationX apart. Input dilation e spreads the image itself:
// e - 1 rows or columns of zeros between its own. What lies outside the image is zero.

// @ts-ignore: decorator
@inline
export function height(geometry: usize): i32 {
  return load<i32>(geometry);
}

// @ts-ignore: decorator
@inline
export function width(geometry: usize): i32 {
  return load<i32>(geometry, 4);
}

// @ts-ignore: decorator
@inline
export function channels(geometry: usize): i32 {
  return load<i32>(geometry, 8);
}

// @ts-ignore: decorator
@inline
export function kernel_height(geometry: usize): i32 {
  return load<i32>(geometry, 12);
}

// @ts-ignore: decorator
@inline
export function kernel_width(geometry: usize): i32 {
  return load<i32>(geometry, 16);
}

// @ts-ignore: decorator
@inline
export function stride_y(geometry: usize): i32 {
  return load<i32>(geometry, 20);
}

// @ts-ignore: decorator
@inline
export function stride_x(geometry: usize): i32 {
  return load<i32>(geometry, 24);
}

// @ts-ignore: decorator
@inline
export function top(geometry: usize): i32 {
  return load<i32>(geometry, 28);
}

// @ts-ignore: decorator
@inline
export function left(geometry: usize): i32 {
  return load<i32>(geometry, 32);
}

// @ts-ignore: decorator
@inline
export function dilation_y(geometry: usize): i32 {
  return load<i32>(geometry, 36);
}

// @ts-ignore: decorator
@inline
export function dilation_x(geometry: usize): i32 {
  return load<i32>(geometry, 40);
}

// @ts-ignore: decorator
@inline
export function input_dilation_y(geometry: usize): i32 {
  return load<i32>(geometry, 44);
}

// @ts-ignore: decorator
@inline
export function input_dilation_x(geometry: usize): i32 {
  return load<i32>(geometry, 48);
}

// @ts-ignore: decorator
@inline
export function output_height(geometry: usize): i32 {
  return load<i32>(geometry, 52);
}

// @ts-ignore: decorator
@inline
export function output_width(geometry: usize): i32 {
  return load<i32>(geometry, 56);
}
