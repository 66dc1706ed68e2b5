// A factor and perhaps a shift for each feature, W (n, columns) with rows [gamma | beta] or [gamma], and the pull back to
// them. x, y, g, a (rows, n) contiguous. Each result of the pull is one float64 sum over the rows in order.
import { load_wide } from "../../inline/wide";

/** y := [y +] gamma x [+ beta], every row. y may alias x unless it is added to. */
// @ts-ignore: decorator
@kernel
export function scale_rows<T>(
  rows: i32, n: i32, columns: i32, w: usize, x: usize, shifts: i32, adds: i32, y: usize,
): void {
  const size = <usize> sizeof<T>(), step = <usize> columns * size, end = w + <usize> n * step;
  for (let row = 0; row < rows; row++) {
    for (let at = w; at < end; at += step, x += size, y += size) {
      let value = load<T>(at) * load<T>(x);
      if (shifts) value += load<T>(at + size);
      if (adds) value += load<T>(y);
      store<T>(y, value);
    }
  }
}

/** Writes x + beta times an element over it, which is not read where beta is 0. */
function put<T>(at: usize, x: f64, beta: f64): void {
  store<T>(at, <T> (beta == 0 ? x : x + beta * <f64> load<T>(at)));
}

/** Two rows of the pull, `step` bytes apart. */
function put_pair<T>(
  out: usize, step: usize, alpha: f64, products: v128, sums: v128, shifts: i32, beta: f64,
): void {
  const size = <usize> sizeof<T>();
  put<T>(out, alpha * f64x2.extract_lane(products, 0), beta);
  put<T>(out + step, alpha * f64x2.extract_lane(products, 1), beta);
  if (!shifts) return;
  put<T>(out + size, alpha * f64x2.extract_lane(sums, 0), beta);
  put<T>(out + step + size, alpha * f64x2.extract_lane(sums, 1), beta);
}

/** out (n, columns) := alpha [sum g a | sum g] + beta out; without `shifts` a second column stays as it is.
 *  Eight features at a time, then one: what a column becomes does not depend on which. */
// @ts-ignore: decorator
@kernel
export function scale_pull<T>(
  rows: i32, n: i32, columns: i32, alpha: f64, g: usize, a: usize, shifts: i32, beta: f64, out: usize,
): void {
  const size = <usize> sizeof<T>(), stride = <usize> n * size, end = <usize> rows * stride;
  const step = <usize> columns * size;
  for (; n >= 8; n -= 8, g += 8 * size, a += 8 * size, out += 8 * step) {
    let p0 = f64x2.splat(0), p1 = p0, p2 = p0, p3 = p0, s0 = p0, s1 = p0, s2 = p0, s3 = p0;
    for (let at: usize = 0; at < end; at += stride) {
      const left = g + at, right = a + at;
      const g0 = load_wide<T>(left), g1 = load_wide<T>(left + 2 * size);
      const g2 = load_wide<T>(left + 4 * size), g3 = load_wide<T>(left + 6 * size);
      p0 = f64x2.add(p0, f64x2.mul(g0, load_wide<T>(right)));
      p1 = f64x2.add(p1, f64x2.mul(g1, load_wide<T>(right + 2 * size)));
      p2 = f64x2.add(p2, f64x2.mul(g2, load_wide<T>(right + 4 * size)));
      p3 = f64x2.add(p3, f64x2.mul(g3, load_wide<T>(right + 6 * size)));
      s0 = f64x2.add(s0, g0);
      s1 = f64x2.add(s1, g1);
      s2 = f64x2.add(s2, g2);
      s3 = f64x2.add(s3, g3);
    }
    put_pair<T>(out, step, alpha, p0, s0, shifts, beta);
    put_pair<T>(out + 2 * step, step, alpha, p1, s1, shifts, beta);
    put_pair<T>(out + 4 * step, step, alpha, p2, s2, shifts, beta);
    put_pair<T>(out + 6 * step, step, alpha, p3, s3, shifts, beta);
  }
  for (; n > 0; n--, g += size, a += size, out += step) {
    let product: f64 = 0, sum: f64 = 0;
    for (let at: usize = 0; at < end; at += stride) {
      const gj = <f64> load<T>(g + at);
      product += gj * <f64> load<T>(a + at);
      sum += gj;
    }
    put<T>(out, alpha * product, beta);
    if (shifts) put<T>(out + size, alpha * sum, beta);
  }
}
