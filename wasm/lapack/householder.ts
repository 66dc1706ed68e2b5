// H = I - tau v v^T with H x = (0, ..., 0, beta), v[n-1] = 1: overwrites x (n) by v, stores beta as
// f64, returns tau. Everything in float64; the entries are divided by the largest before they are
// squared, so nothing over- or underflows. tau = 0 and v = 0 when x already has that form. Entries
// below 2^-1000 count as zero: the caller scales its matrix to about 1. Reduction order:
// sequential.

const NEGLIGIBLE: f64 = 9.332636185032189e-302; // 2^-1000

export function householder<T>(n: i32, x: usize, beta: usize): f64 {
  const last: usize = x + (<usize> (n - 1)) * sizeof<T>();
  let largest: f64 = 0;
  for (let p = x; p < last; p += sizeof<T>()) largest = max(largest, abs(<f64> load<T>(p)));
  const alpha = <f64> load<T>(last);
  if (largest < NEGLIGIBLE) {
    memory.fill(x, 0, <usize> n * sizeof<T>());
    store<f64>(beta, alpha);
    return 0;
  }
  largest = max(largest, abs(alpha));
  const shrink = 1.0 / largest;
  let sum: f64 = 0;
  for (let p = x; p <= last; p += sizeof<T>()) {
    const scaled = <f64> load<T>(p) * shrink;
    sum += scaled * scaled;
  }
  const image = -copysign(largest * sqrt(sum), alpha);
  const divide = 1.0 / (alpha - image);
  for (let p = x; p < last; p += sizeof<T>()) store<T>(p, <T> (<f64> load<T>(p) * divide));
  store<T>(last, <T> 1);
  store<f64>(beta, image);
  return (image - alpha) / image;
}
