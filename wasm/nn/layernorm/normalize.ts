// Rows to mean 0 and variance 1: xhat := (x - mean) r, r := 1 / sqrt(mean (x - mean)^2 + epsilon), inverse_i := r of row i.
// x, xhat (rows, n) contiguous, n >= 1, xhat may alias x. Sums are float64 over the elements in order; the variance
// is that of the differences, so a large mean costs nothing. 5 n flops a row.

// @ts-ignore: decorator
@kernel
export function layer_norm<T>(rows: i32, n: i32, epsilon: f64, x: usize, xhat: usize, inverse: usize): void {
  const stride = <usize> n * sizeof<T>();
  for (let row = 0; row < rows; row++, x += stride, xhat += stride, inverse += sizeof<T>()) {
    let sum: f64 = 0;
    for (let at = x; at < x + stride; at += sizeof<T>()) sum += <f64> load<T>(at);
    const mean = sum / <f64> n;
    let squares: f64 = 0;
    for (let at = x; at < x + stride; at += sizeof<T>()) {
      const difference = <f64> load<T>(at) - mean;
      squares += difference * difference;
    }
    const r = 1 / sqrt(squares / <f64> n + epsilon);
    for (let j: usize = 0; j < stride; j += sizeof<T>()) {
      store<T>(xhat + j, <T> ((<f64> load<T>(x + j) - mean) * r));
    }
    store<T>(inverse, <T> r);
  }
}
