// A factor and a shift for each feature, W (n, 2) with rows [gamma | beta], and the pull back to them.
// x, y, g, a (rows, n) contiguous. Each result of the pull is one float64 sum over the rows in order.

/** y := [y +] gamma x [+ beta], every row. y may alias x unless it is added to. */
function scale_rows<T>(
  rows: i32, n: i32, w: usize, x: usize, shifts: i32, adds: i32, y: usize,
): void {
  const size = <usize> sizeof<T>(), end = w + 2 * <usize> n * size;
  for (let row = 0; row < rows; row++) {
    for (let at = w; at < end; at += 2 * size, x += size, y += size) {
      let value = load<T>(at) * load<T>(x);
      if (shifts) value += load<T>(at + size);
      if (adds) value += load<T>(y);
      store<T>(y, value);
    }
  }
}

/** out (n, 2) := alpha [sum g a | sum g] + beta out; without `shifts` its second column stays as it is. */
function scale_pull<T>(
  rows: i32, n: i32, alpha: f64, g: usize, a: usize, shifts: i32, beta: f64, out: usize,
): void {
  const size = <usize> sizeof<T>(), stride = <usize> n * size;
  for (let j = 0; j < n; j++, g += size, a += size, out += 2 * size) {
    let product: f64 = 0, sum: f64 = 0;
    for (let row: usize = 0, at: usize = 0; row < <usize> rows; row++, at += stride) {
      const gj = <f64> load<T>(g + at);
      product += gj * <f64> load<T>(a + at);
      sum += gj;
    }
    store<T>(out, <T> (beta == 0 ? alpha * product : alpha * product + beta * <f64> load<T>(out)));
    if (!shifts) continue;
    const second = out + size;
    store<T>(second, <T> (beta == 0 ? alpha * sum : alpha * sum + beta * <f64> load<T>(second)));
  }
}

export function f32_scale_rows(rows: i32, n: i32, w: usize, x: usize, shifts: i32, adds: i32, y: usize): void {
  scale_rows<f32>(rows, n, w, x, shifts, adds, y);
}

export function f64_scale_rows(rows: i32, n: i32, w: usize, x: usize, shifts: i32, adds: i32, y: usize): void {
  scale_rows<f64>(rows, n, w, x, shifts, adds, y);
}

export function f32_scale_pull(
  rows: i32, n: i32, alpha: f64, g: usize, a: usize, shifts: i32, beta: f64, out: usize,
): void {
  scale_pull<f32>(rows, n, alpha, g, a, shifts, beta, out);
}

export function f64_scale_pull(
  rows: i32, n: i32, alpha: f64, g: usize, a: usize, shifts: i32, beta: f64, out: usize,
): void {
  scale_pull<f64>(rows, n, alpha, g, a, shifts, beta, out);
}
