// out (m, n) := 1 / (p_i q_j + damping) in float64, rounded to T; p (m), q (n) float64. Ends before the first sum that is not
// positive, and gives its index; -1 if there is none.

// @ts-ignore: decorator
@kernel
export function kronecker_reciprocals<T>(m: i32, n: i32, p: usize, q: usize, damping: f64, out: usize): i32 {
  for (let i = 0; i < m; i++, p += 8) {
    for (let j = 0; j < n; j++, out += sizeof<T>()) {
      const eigenvalue = load<f64>(p) * load<f64>(q + (<usize> j << 3)) + damping;
      if (!(eigenvalue > 0)) return i * n + j;
      store<T>(out, <T> (1 / eigenvalue));
    }
  }
  return -1;
}
