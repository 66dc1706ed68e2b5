// Dot products of rows with one vector x (n), in T. Order of each: element i goes to lane i mod lanes of the row's
// accumulator, the lanes are added pairwise, then the elements beyond the last whole vector in order. Depends on n alone.
import { lanes } from "../inline/lanes";
import { sum_lanes } from "../inline/sum_lanes";

/** a . x */
export function dot_row<T>(n: i32, a: usize, x: usize): T {
  let sum = v128.splat<T>(<T> 0);
  for (; n >= lanes<T>(); n -= lanes<T>(), a += 16, x += 16) {
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(a), v128.load(x)));
  }
  return add_tail<T>(n, sum_lanes<T>(sum), a, x);
}

/** y_i := y_i + alpha (a_i . x) for four rows a_i, `pitch` bytes apart. */
export function dot_four_rows<T>(n: i32, alpha: T, a0: usize, pitch: usize, x: usize, y: usize): void {
  let a1 = a0 + pitch, a2 = a1 + pitch, a3 = a2 + pitch;
  let s0 = v128.splat<T>(<T> 0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, a0 += 16, a1 += 16, a2 += 16, a3 += 16) {
    const v = v128.load(x);
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a0), v));
    s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a1), v));
    s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a2), v));
    s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a3), v));
  }
  add_to<T>(y, alpha, add_tail<T>(n, sum_lanes<T>(s0), a0, x));
  add_to<T>(y + sizeof<T>(), alpha, add_tail<T>(n, sum_lanes<T>(s1), a1, x));
  add_to<T>(y + 2 * sizeof<T>(), alpha, add_tail<T>(n, sum_lanes<T>(s2), a2, x));
  add_to<T>(y + 3 * sizeof<T>(), alpha, add_tail<T>(n, sum_lanes<T>(s3), a3, x));
}

function add_tail<T>(n: i32, sum: T, a: usize, x: usize): T {
  for (; n > 0; n--, a += sizeof<T>(), x += sizeof<T>()) {
    sum = <T> (sum + <T> (load<T>(a) * load<T>(x)));
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function add_to<T>(y: usize, alpha: T, value: T): void {
  store<T>(y, <T> (load<T>(y) + <T> (alpha * value)));
}
