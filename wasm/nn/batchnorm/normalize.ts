// Columns to mean 0 and variance 1: xhat := (x - mean) r, r := 1 / sqrt(variance + epsilon), inverse_j := r of column j.
// x, xhat (rows, n) contiguous, n >= 1, xhat may alias x. Sums are float64 over the rows in order; the variance is that of
// the differences, so a large mean costs nothing. `work` holds 2 n float64: rows are read one after the other.

/** Bytes of a float64 sum. */
const WIDE: usize = 8;

/** By the columns' own statistics, which it writes to mean and variance, that of a mean over rows, not over rows - 1. */
// @ts-ignore: decorator
@kernel
export function batch_norm<T>(
  rows: i32, n: i32, epsilon: f64, work: usize, x: usize, xhat: usize, inverse: usize, mean: usize, variance: usize,
): void {
  const size = <usize> sizeof<T>(), end = work + <usize> n * WIDE, spread = <usize> n * WIDE;
  const count = <f64> rows;
  memory.fill(work, 0, 2 * spread);
  for (let row = 0, at = x; row < rows; row++) {
    for (let sum = work; sum < end; sum += WIDE, at += size) store<f64>(sum, load<f64>(sum) + <f64> load<T>(at));
  }
  for (let sum = work; sum < end; sum += WIDE, mean += size) {
    const m = load<f64>(sum) / count;
    store<f64>(sum, m);
    store<T>(mean, <T> m);
  }
  for (let row = 0, at = x; row < rows; row++) {
    for (let m = work; m < end; m += WIDE, at += size) {
      const difference = <f64> load<T>(at) - load<f64>(m);
      store<f64>(m + spread, load<f64>(m + spread) + difference * difference);
    }
  }
  for (let square = end; square < end + spread; square += WIDE, variance += size, inverse += size) {
    const v = load<f64>(square) / count, r = 1 / sqrt(v + epsilon);
    store<f64>(square, r);
    store<T>(variance, <T> v);
    store<T>(inverse, <T> r);
  }
  write_normalized<T>(rows, work, end, x, xhat);
}

/** By statistics that are given. */
// @ts-ignore: decorator
@kernel
export function batch_norm_fixed<T>(
  rows: i32, n: i32, epsilon: f64, work: usize, mean: usize, variance: usize, x: usize, xhat: usize, inverse: usize,
): void {
  const size = <usize> sizeof<T>(), end = work + <usize> n * WIDE, spread = <usize> n * WIDE;
  for (let m = work; m < end; m += WIDE, mean += size, variance += size, inverse += size) {
    const r = 1 / sqrt(<f64> load<T>(variance) + epsilon);
    store<f64>(m, <f64> load<T>(mean));
    store<f64>(m + spread, r);
    store<T>(inverse, <T> r);
  }
  write_normalized<T>(rows, work, end, x, xhat);
}

/** xhat := (x - mean) r, the means from `work` to `end` and the factors behind them. */
function write_normalized<T>(rows: i32, work: usize, end: usize, x: usize, xhat: usize): void {
  const size = <usize> sizeof<T>(), spread = end - work;
  for (let row = 0; row < rows; row++) {
    for (let m = work; m < end; m += WIDE, x += size, xhat += size) {
      store<T>(xhat, <T> ((<f64> load<T>(x) - load<f64>(m)) * load<f64>(m + spread)));
    }
  }
}
