// Elements that lie apart: a diagonal, a column of a matrix. Strides in elements; x and y do not overlap unless equal.
//
// copy_strided:   y := x
// fill_strided:   y := value
// add_strided:    y := y + alpha x in float64, rounded to T; x = 0 stands for ones
// sum_strided:    the sum of x in float64, in order

// @ts-ignore: decorator
@kernel
export function copy_strided<T>(n: i32, x: usize, incx: i32, y: usize, incy: i32): void {
  const from = <usize> incx * sizeof<T>(), to = <usize> incy * sizeof<T>();
  for (; n > 0; n--, x += from, y += to) store<T>(y, load<T>(x));
}

// @ts-ignore: decorator
@kernel
export function fill_strided<T>(n: i32, value: T, y: usize, incy: i32): void {
  const to = <usize> incy * sizeof<T>();
  for (; n > 0; n--, y += to) store<T>(y, value);
}

// @ts-ignore: decorator
@kernel
export function add_strided<T>(n: i32, alpha: f64, x: usize, incx: i32, y: usize, incy: i32): void {
  const from = <usize> incx * sizeof<T>(), to = <usize> incy * sizeof<T>();
  const isOnes = x == 0;
  for (; n > 0; n--, x += from, y += to) {
    const change = isOnes ? alpha : alpha * <f64> load<T>(x);
    store<T>(y, <T> (<f64> load<T>(y) + change));
  }
}

// @ts-ignore: decorator
@kernel
export function sum_strided<T>(n: i32, x: usize, incx: i32): f64 {
  const from = <usize> incx * sizeof<T>();
  let sum: f64 = 0;
  for (; n > 0; n--, x += from) sum += <f64> load<T>(x);
  return sum;
}
