// gather: y(i) := x(index(i)), and scatter: y(index(i)) := x(i), for i < n and 32-bit whole numbers index. Where one is negative
// gather writes 0 and scatter nothing. y overlaps neither.

// @ts-ignore: decorator
@kernel
export function gather<T>(n: i32, index: usize, x: usize, y: usize): void {
  for (; n > 0; n--, index += 4, y += sizeof<T>()) {
    const i = load<i32>(index);
    store<T>(y, i < 0 ? <T> 0 : load<T>(x + <usize> i * sizeof<T>()));
  }
}

// @ts-ignore: decorator
@kernel
export function scatter<T>(n: i32, index: usize, x: usize, y: usize): void {
  for (; n > 0; n--, index += 4, x += sizeof<T>()) {
    const i = load<i32>(index);
    if (i >= 0) store<T>(y + <usize> i * sizeof<T>(), load<T>(x));
  }
}
