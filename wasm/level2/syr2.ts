// A := alpha (x y^T + y x^T) + A.  A (n, n) row-major, lda in elements, both triangles updated; x, y (n) read only.
// a_ij := a_ij + alpha (x_i y_j + y_i x_j), elementwise: a symmetric A stays exactly symmetric. 5 n^2 flops.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function syr2<T>(n: i32, alpha: T, x: usize, y: usize, a: usize, lda: i32): void {
  const alphas = v128.splat<T>(alpha);
  for (let i: usize = 0; i < <usize> n; i++, a += <usize> lda * sizeof<T>()) {
    const xi = v128.load_splat<T>(x + i * sizeof<T>()), yi = v128.load_splat<T>(y + i * sizeof<T>());
    let rest = n, to = a, xj = x, yj = y;
    while (rest > 0) {
      const count = step<T>(rest);
      const bytes = <usize> count * sizeof<T>();
      const xy = v128.mul<T>(xi, load_step<T>(yj, count));
      const yx = v128.mul<T>(yi, load_step<T>(xj, count));
      const update = v128.mul<T>(alphas, v128.add<T>(xy, yx));
      store_step<T>(to, v128.add<T>(load_step<T>(to, count), update), count);
      rest -= count;
      to += bytes;
      xj += bytes;
      yj += bytes;
    }
  }
}
