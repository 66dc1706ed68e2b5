// Of p = softmax(z) (rows, classes), with the weights c (rows) float64 of the rows, 0 for ones. Arithmetic in float64.
//
// softmax_root:  one column of S = √c (diag √p - p √pᵀ) in the rows first, first + pitch, ...: √(c p_j) (e_j - p)
// softmax_mean:  out_k := out_k + c p_k / samples, float64, k the place in the rows of a sample (width = a sample's elements);
//                p := p √c, rounded to T
// draw_classes:  u_r := the class at which the sum of p_r exceeds u_r, the last one at most

// @ts-ignore: decorator
@kernel
export function softmax_root<T>(
  rows: i32,
  classes: i32,
  first: i32,
  pitch: i32,
  chosen: i32,
  c: usize,
  p: usize,
  out: usize,
): void {
  const size = sizeof<T>();
  for (let row = first; row < rows; row += pitch) {
    const start = <usize> row * <usize> classes * size;
    const own = start + <usize> chosen * size, weight = c == 0 ? 1 : load<f64>(c + (<usize> row << 3));
    const probability = <f64> load<T>(p + own), root = Math.sqrt(weight * probability);
    for (let at = start; at < start + <usize> classes * size; at += size) {
      store<T>(out + at, <T> (-root * <f64> load<T>(p + at)));
    }
    store<T>(out + own, <T> (root * (1 - probability)));
  }
}

// @ts-ignore: decorator
@kernel
export function softmax_mean<T>(
  rows: i32,
  classes: i32,
  width: i32,
  samples: f64,
  c: usize,
  p: usize,
  out: usize,
): void {
  let place = 0;
  for (let row = 0; row < rows; row++) {
    const weight = c == 0 ? 1 : load<f64>(c + (<usize> row << 3)), root = Math.sqrt(weight);
    for (let k = 0; k < classes; k++, p += sizeof<T>()) {
      const probability = <f64> load<T>(p), sum = out + (<usize> place << 3);
      store<f64>(sum, load<f64>(sum) + weight * probability / samples);
      store<T>(p, <T> (probability * root));
      place = place + 1 == width ? 0 : place + 1;
    }
  }
}

// @ts-ignore: decorator
@kernel
export function draw_classes<T>(rows: i32, classes: i32, p: usize, u: usize): void {
  const size = sizeof<T>(), pitch = <usize> classes * size;
  for (; rows > 0; rows--, p += pitch, u += size) {
    let rest = <f64> load<T>(u), chosen = 0;
    for (; chosen < classes - 1; chosen++) {
      const probability = <f64> load<T>(p + <usize> chosen * size);
      if (rest < probability) break;
      rest -= probability;
    }
    store<T>(u, <T> chosen);
  }
}
