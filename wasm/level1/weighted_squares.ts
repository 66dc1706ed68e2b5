// Sums of squares in float64 and in order, and what goes with them.
//
// squared_distance:  Σ (x - y)²
// scaled_squares:    Σ (x / s)²                       x float64
// weighted_squares:  Σ_r Σ_k w_r (x - y)², g := w_r (x - y) where g is not 0; w_r = c_r², c (rows) float64
// welford:           one more sample s = signs ⊙ x of a mean and of the squares of deviations from it, both float64;
//                    count the samples with it

// @ts-ignore: decorator
@kernel
export function squared_distance<T>(n: i32, x: usize, y: usize): f64 {
  let sum: f64 = 0;
  for (; n > 0; n--, x += sizeof<T>(), y += sizeof<T>()) {
    const distance = <f64> load<T>(x) - <f64> load<T>(y);
    sum += distance * distance;
  }
  return sum;
}

// @ts-ignore: decorator
@kernel
export function scaled_squares<T>(n: i32, x: usize, s: usize): f64 {
  let sum: f64 = 0;
  for (; n > 0; n--, x += 8, s += sizeof<T>()) {
    const scaled = load<f64>(x) / <f64> load<T>(s);
    sum += scaled * scaled;
  }
  return sum;
}

// @ts-ignore: decorator
@kernel
export function weighted_squares<T>(
  rows: i32,
  width: i32,
  c: usize,
  x: usize,
  y: usize,
  g: usize,
): f64 {
  let sum: f64 = 0;
  for (; rows > 0; rows--, c += 8) {
    const root = load<f64>(c), weight = root * root;
    for (let k = 0; k < width; k++, x += sizeof<T>(), y += sizeof<T>()) {
      const residual = <f64> load<T>(x) - <f64> load<T>(y);
      sum += weight * residual * residual;
      if (g == 0) continue;
      store<T>(g, <T> (weight * residual));
      g += sizeof<T>();
    }
  }
  return sum;
}

// @ts-ignore: decorator
@kernel
export function welford<T>(n: i32, count: f64, signs: usize, x: usize, mean: usize, squares: usize): void {
  const size = sizeof<T>();
  for (; n > 0; n--, signs += size, x += size, mean += 8, squares += 8) {
    const sample = <f64> load<T>(signs) * <f64> load<T>(x), before = load<f64>(mean);
    const deviation = sample - before, after = before + deviation / count;
    store<f64>(mean, after);
    store<f64>(squares, load<f64>(squares) + deviation * (sample - after));
  }
}
