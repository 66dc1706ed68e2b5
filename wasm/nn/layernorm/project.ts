// The derivative of the rows that layer_norm gives, a symmetric operator on each row:
//
//   P c = r (c - mean(c) - xhat mean(xhat c))
//
// and its own derivative along a tangent t of x, whose push is p = P t:
//
//   R{P} c = -r mean(xhat t) P c - r (p mean(xhat c) + xhat mean(p c))
//
// All (rows, n) contiguous, r (rows). Sums are float64 over the elements in order. out of the first may alias c.

/** out := P c. */
// @ts-ignore: decorator
@kernel
export function layer_norm_project<T>(rows: i32, n: i32, xhat: usize, r: usize, c: usize, out: usize): void {
  const stride = <usize> n * sizeof<T>();
  for (let row = 0; row < rows; row++, xhat += stride, c += stride, out += stride, r += sizeof<T>()) {
    let sum: f64 = 0, along: f64 = 0;
    for (let j: usize = 0; j < stride; j += sizeof<T>()) {
      const cj = <f64> load<T>(c + j);
      sum += cj;
      along += cj * <f64> load<T>(xhat + j);
    }
    const mean = sum / <f64> n, slope = along / <f64> n, factor = <f64> load<T>(r);
    for (let j: usize = 0; j < stride; j += sizeof<T>()) {
      store<T>(out + j, <T> (factor * (<f64> load<T>(c + j) - mean - slope * <f64> load<T>(xhat + j))));
    }
  }
}

/** out := out + R{P} c. */
// @ts-ignore: decorator
@kernel
export function layer_norm_bend<T>(
  rows: i32, n: i32, xhat: usize, r: usize, t: usize, p: usize, c: usize, out: usize,
): void {
  const stride = <usize> n * sizeof<T>();
  for (let row = 0; row < rows; row++, r += sizeof<T>()) {
    let sum: f64 = 0, along: f64 = 0, moved: f64 = 0, turned: f64 = 0;
    for (let j: usize = 0; j < stride; j += sizeof<T>()) {
      const cj = <f64> load<T>(c + j), xj = <f64> load<T>(xhat + j);
      sum += cj;
      along += cj * xj;
      moved += xj * <f64> load<T>(t + j);
      turned += cj * <f64> load<T>(p + j);
    }
    const count = <f64> n, factor = <f64> load<T>(r);
    const mean = sum / count, slope = along / count, turn = turned / count;
    const shrink = factor * moved / count;
    for (let j: usize = 0; j < stride; j += sizeof<T>()) {
      const xj = <f64> load<T>(xhat + j);
      const projected = <f64> load<T>(c + j) - mean - slope * xj;
      const change = shrink * projected + slope * <f64> load<T>(p + j) + turn * xj;
      store<T>(out + j, <T> (<f64> load<T>(out + j) - factor * change));
    }
    xhat += stride;
    t += stride;
    p += stride;
    c += stride;
    out += stride;
  }
}
