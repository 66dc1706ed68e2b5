// C := alpha op(A) op(B) + beta C for every sample and every head of attention.
//
// An operand whose ld is 0 holds a square for each sample and head, (samples, heads, steps, steps); any other one rows for each
// step, ld elements apart, of which head h has `width` elements from h width on. A square C is (n, n) = op(A)(n, width)
// op(B)(width, n), other C are (n, width) = op(A)(n, n) op(B)(n, width), where n is lengths[sample], a number of T: beyond it
// nothing is read, and rows of C are cleared where beta is 0. flags: 1 A transposed, 2 B transposed. The bits are those of
// gemm. work: gemm_work_bytes().
import { gemm } from "../../level3/gemm";

/** Where an operand begins for a sample and a head. */
function place<T>(x: usize, ld: i32, sample: i32, head: i32, heads: i32, steps: i32, width: i32): usize {
  const from = ld == 0 ? (sample * heads + head) * steps * steps : sample * steps * ld + head * width;
  return x + <usize> from * sizeof<T>();
}

// @ts-ignore: decorator
@kernel
export function head_product<T>(
  flags: i32, samples: i32, heads: i32, steps: i32, width: i32, lengths: usize,
  alpha: T, a: usize, lda: i32, b: usize, ldb: i32, beta: T, c: usize, ldc: i32, work: usize,
): void {
  for (let sample = 0; sample < samples; sample++) {
    const valid = <i32> load<T>(lengths + <usize> sample * sizeof<T>());
    for (let head = 0; head < heads; head++) {
      const to = place<T>(c, ldc, sample, head, heads, steps, width);
      gemm<T>(
        flags, valid, ldc == 0 ? valid : width, ldc == 0 ? width : valid, alpha,
        place<T>(a, lda, sample, head, heads, steps, width), lda == 0 ? steps : lda,
        place<T>(b, ldb, sample, head, heads, steps, width), ldb == 0 ? steps : ldb,
        beta, to, ldc == 0 ? steps : ldc, work,
      );
      if (ldc == 0 || beta != 0) continue;
      for (let row = valid; row < steps; row++) {
        memory.fill(to + <usize> (row * ldc) * sizeof<T>(), 0, <usize> width * sizeof<T>());
      }
    }
  }
}
