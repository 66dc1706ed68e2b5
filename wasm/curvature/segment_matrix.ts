// One of many small symmetric matrices that lie side by side, in full and in float64: out (s, s) := scale h(., ., e).
// h (s (s + 1) / 2, count) has the lower triangles row by row.

// @ts-ignore: decorator
@kernel
export function segment_matrix<T>(s: i32, count: i32, e: i32, scale: f64, h: usize, out: usize): void {
  const row = <usize> count * sizeof<T>();
  h += <usize> e * sizeof<T>();
  for (let a = 0; a < s; a++) {
    for (let c = 0; c <= a; c++, h += row) {
      const value = scale * <f64> load<T>(h);
      store<f64>(out + (<usize> (a * s + c) << 3), value);
      store<f64>(out + (<usize> (c * s + a) << 3), value);
    }
  }
}
