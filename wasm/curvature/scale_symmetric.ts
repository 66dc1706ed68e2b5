// A := diag(f) A diag(f) + diag(d) for symmetric A (n, n), row stride lda; f, d (n).
// Only the lower triangle of A is read, and mirrored: the result is symmetric to the last bit, whatever rounding did to
// the upper one before. Each element is (a f_i) f_j. 3 flops for half of the elements.
import { load_step, step, store_step } from "../inline/step";
import { mirror_lower } from "../level3/mirror";

// @ts-ignore: decorator
@kernel
export function scale_symmetric<T>(n: i32, f: usize, d: usize, a: usize, lda: i32): void {
  const pitch = <usize> lda * sizeof<T>();
  for (let i = 0; i < n; i++) {
    const at = <usize> i * sizeof<T>();
    let row = a + <usize> i * pitch, fj = f;
    const fis = v128.load_splat<T>(f + at);
    let rest = i + 1;
    while (rest > 0) {
      const count = step<T>(rest);
      const bytes = <usize> count * sizeof<T>();
      store_step<T>(row, v128.mul<T>(v128.mul<T>(load_step<T>(row, count), fis), load_step<T>(fj, count)), count);
      rest -= count;
      row += bytes;
      fj += bytes;
    }
    row -= sizeof<T>();
    store<T>(row, <T> (load<T>(row) + load<T>(d + at)));
  }
  mirror_lower<T>(n, a, pitch);
}
