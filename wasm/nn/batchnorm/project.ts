// The derivative of the columns that batch_norm gives, a symmetric operator on each column:
//
//   P c = r (c - mean(c) - xhat mean(xhat c))
//
// and its own derivative along a tangent t of x, whose push is p = P t:
//
//   R{P} c = -r mean(xhat t) P c - r (p mean(xhat c) + xhat mean(p c))
//
// By statistics that are given P is a factor, P c = r c, and R{P} = 0. All (rows, n) contiguous, r (n). Sums are float64
// over the rows in order; `work` holds 2 n float64, for bend 4 n. out of the first two may alias c.

/** Bytes of a float64 sum. */
const WIDE: usize = 8;

/** sums[j] := mean of c, sums[n + j] := mean of xhat c. */
function mean_and_slope<T>(rows: i32, n: i32, sums: usize, xhat: usize, c: usize): void {
  const size = <usize> sizeof<T>(), spread = <usize> n * WIDE, end = sums + spread;
  memory.fill(sums, 0, 2 * spread);
  for (let row = 0; row < rows; row++) {
    for (let sum = sums; sum < end; sum += WIDE, c += size, xhat += size) {
      const cj = <f64> load<T>(c);
      store<f64>(sum, load<f64>(sum) + cj);
      store<f64>(sum + spread, load<f64>(sum + spread) + cj * <f64> load<T>(xhat));
    }
  }
  for (let sum = sums; sum < end + spread; sum += WIDE) store<f64>(sum, load<f64>(sum) / <f64> rows);
}

/** out := P c. */
// @ts-ignore: decorator
@kernel
export function batch_norm_project<T>(
  rows: i32, n: i32, work: usize, xhat: usize, r: usize, c: usize, out: usize,
): void {
  const size = <usize> sizeof<T>(), spread = <usize> n * WIDE, end = work + spread;
  mean_and_slope<T>(rows, n, work, xhat, c);
  for (let row = 0; row < rows; row++) {
    for (let sum = work, factor = r; sum < end; sum += WIDE, factor += size, xhat += size, c += size, out += size) {
      const projected = <f64> load<T>(c) - load<f64>(sum) - load<f64>(sum + spread) * <f64> load<T>(xhat);
      store<T>(out, <T> (<f64> load<T>(factor) * projected));
    }
  }
}

/** out := out + R{P} c. */
// @ts-ignore: decorator
@kernel
export function batch_norm_bend<T>(
  rows: i32, n: i32, work: usize, xhat: usize, r: usize, t: usize, p: usize, c: usize, out: usize,
): void {
  const size = <usize> sizeof<T>(), spread = <usize> n * WIDE, end = work + spread, count = <f64> rows;
  mean_and_slope<T>(rows, n, work, xhat, c);
  memory.fill(work + 2 * spread, 0, 2 * spread);
  let xj = xhat, cj = c, pj = p;
  for (let row = 0; row < rows; row++) {
    for (let sum = work + 2 * spread; sum < end + 2 * spread; sum += WIDE) {
      store<f64>(sum, load<f64>(sum) + <f64> load<T>(xj) * <f64> load<T>(t));
      store<f64>(sum + spread, load<f64>(sum + spread) + <f64> load<T>(cj) * <f64> load<T>(pj));
      xj += size;
      cj += size;
      pj += size;
      t += size;
    }
  }
  for (let row = 0; row < rows; row++) {
    for (let sum = work, at = r; sum < end; sum += WIDE, at += size) {
      const factor = <f64> load<T>(at), slope = load<f64>(sum + spread), x = <f64> load<T>(xhat);
      const shrink = factor * load<f64>(sum + 2 * spread) / count, turn = load<f64>(sum + 3 * spread) / count;
      const projected = <f64> load<T>(c) - load<f64>(sum) - slope * x;
      const change = shrink * projected + slope * <f64> load<T>(p) + turn * x;
      store<T>(out, <T> (<f64> load<T>(out) - factor * change));
      xhat += size;
      c += size;
      p += size;
      out += size;
    }
  }
}
