// y := alpha A x + beta y for symmetric A.  A (n, n) row-major, lda in elements, its lower triangle read only;
// x (n) read only; y (n) overlaps neither; beta == 0 never reads y.
//
// Row i serves twice in one pass: y_j += (alpha x_i) a_ij for j < i, then y_i += alpha (sum_{j<=i} a_ij x_j), the sum
// over lanes pairwise, then the tail in order. n^2/2 accesses of A, 2 n^2 flops.
import { lanes } from "../inline/lanes";
import { sum_lanes } from "../inline/sum_lanes";
import { scale_or_clear } from "./scale_or_clear";

// @ts-ignore: decorator
@kernel
export function symv<T>(n: i32, alpha: T, a: usize, lda: i32, x: usize, beta: T, y: usize): void {
  scale_or_clear<T>(n, beta, y);
  for (let i = 0; i < n; i++, a += <usize> lda * sizeof<T>()) add_row_and_column<T>(i, alpha, a, x, y);
}

function add_row_and_column<T>(i: i32, alpha: T, a: usize, x: usize, y: usize): void {
  const factor = <T> (alpha * load<T>(x + <usize> i * sizeof<T>())), factors = v128.splat<T>(factor);
  let sums = v128.splat<T>(<T> 0);
  let rest = i;
  for (; rest >= lanes<T>(); rest -= lanes<T>(), a += 16, x += 16, y += 16) {
    const row = v128.load(a);
    sums = v128.add<T>(sums, v128.mul<T>(row, v128.load(x)));
    v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(factors, row)));
  }
  let sum = sum_lanes<T>(sums);
  for (; rest > 0; rest--, a += sizeof<T>(), x += sizeof<T>(), y += sizeof<T>()) {
    const element = load<T>(a);
    sum = <T> (sum + <T> (element * load<T>(x)));
    store<T>(y, <T> (load<T>(y) + <T> (factor * element)));
  }
  sum = <T> (sum + <T> (load<T>(a) * load<T>(x)));
  store<T>(y, <T> (load<T>(y) + <T> (alpha * sum)));
}
