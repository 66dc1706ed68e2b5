// The first element of x (n) that is no whole number from 0 to count - 1, or -1. NaN is none.

// @ts-ignore: decorator
@kernel
export function first_no_index<T>(n: i32, count: i32, x: usize): i32 {
  for (let i = 0; i < n; i++, x += sizeof<T>()) {
    const value = <f64> load<T>(x);
    if (!(value >= 0 && value < <f64> count && floor(value) == value)) return i;
  }
  return -1;
}
