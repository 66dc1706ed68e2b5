// A := Q diag(f) Q' for A (n, n), row stride lda, exactly symmetric; Q (n, n) and f (n) are float64 whatever A is.
// a_ij, j <= i: the sum over k in order of (q_ik f_k) q_jk in float64, rounded at the end, with Q given by its transpose:
// row k of `q` is column k of Q. 3 n^3/2 flops.
import { store_wide } from "../inline/wide";
import { mirror_lower } from "../level3/mirror";

// @ts-ignore: decorator
@kernel
export function spectral_product<T>(n: i32, q: usize, f: usize, a: usize, lda: i32): void {
  const pitch = <usize> lda * sizeof<T>();
  for (let i = 0; i < n; i++) {
    const left = q + (<usize> i << 3);
    let to = a + <usize> i * pitch, j = 0;
    for (; j <= i && j + 8 <= n; j += 8, to += 8 * sizeof<T>()) eight<T>(n, left, f, q + (<usize> j << 3), to);
    for (; j <= i; j++, to += sizeof<T>()) store<T>(to, <T> one(n, left, f, q + (<usize> j << 3)));
  }
  mirror_lower<T>(n, a, pitch);
}

function eight<T>(n: i32, left: usize, f: usize, right: usize, to: usize): void {
  const pitch = <usize> n << 3, size = sizeof<T>();
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let k = 0; k < n; k++, left += pitch, f += 8, right += pitch) {
    const scaled = f64x2.splat(load<f64>(left) * load<f64>(f));
    s0 = f64x2.add(s0, f64x2.mul(scaled, v128.load(right)));
    s1 = f64x2.add(s1, f64x2.mul(scaled, v128.load(right, 16)));
    s2 = f64x2.add(s2, f64x2.mul(scaled, v128.load(right, 32)));
    s3 = f64x2.add(s3, f64x2.mul(scaled, v128.load(right, 48)));
  }
  store_wide<T>(to, s0);
  store_wide<T>(to + 2 * size, s1);
  store_wide<T>(to + 4 * size, s2);
  store_wide<T>(to + 6 * size, s3);
}

function one(n: i32, left: usize, f: usize, right: usize): f64 {
  const pitch = <usize> n << 3;
  let sum: f64 = 0;
  for (let k = 0; k < n; k++, left += pitch, f += 8, right += pitch) {
    sum += load<f64>(left) * load<f64>(f) * load<f64>(right);
  }
  return sum;
}
