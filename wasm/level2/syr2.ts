// A := alpha (x y^T + y x^T) + A.  A (n, n) row-major, lda in elements, both triangles updated; x, y (n) read only.
// a_ij := a_ij + alpha (x_i y_j + y_i x_j), elementwise: a symmetric A stays exactly symmetric. 5 n^2 flops.
import { lanes } from "../inline/lanes";
import { load_some, store_some } from "../inline/partial";

function syr2<T>(n: i32, alpha: T, x: usize, y: usize, a: usize, lda: i32): void {
  const alphas = v128.splat<T>(alpha);
  for (let i: usize = 0; i < <usize> n; i++, a += <usize> lda * sizeof<T>()) {
    const xi = v128.load_splat<T>(x + i * sizeof<T>()), yi = v128.load_splat<T>(y + i * sizeof<T>());
    let to = a, xj = x, yj = y;
    for (let rest = n; rest > 0; rest -= lanes<T>(), to += 16, xj += 16, yj += 16) {
      const xy = v128.mul<T>(xi, load_some<T>(yj, rest));
      const yx = v128.mul<T>(yi, load_some<T>(xj, rest));
      const update = v128.mul<T>(alphas, v128.add<T>(xy, yx));
      store_some<T>(to, v128.add<T>(load_some<T>(to, rest), update), rest);
    }
  }
}

export function ssyr2(n: i32, alpha: f32, x: usize, y: usize, a: usize, lda: i32): void {
  syr2<f32>(n, alpha, x, y, a, lda);
}

export function dsyr2(n: i32, alpha: f64, x: usize, y: usize, a: usize, lda: i32): void {
  syr2<f64>(n, alpha, x, y, a, lda);
}
