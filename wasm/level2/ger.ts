// A := alpha x y^T + A.  A (m, n) row-major, lda in elements; x (m), y (n) read only, not overlapping A.
// a_ij := a_ij + (alpha x_i) y_j, elementwise. 2mn flops, 2mn accesses.
import { axpy } from "../level1/axpy";

function ger<T>(m: i32, n: i32, alpha: T, x: usize, y: usize, a: usize, lda: i32): void {
  for (; m > 0; m--, x += sizeof<T>(), a += <usize> lda * sizeof<T>()) {
    axpy<T>(n, <T> (alpha * load<T>(x)), y, a);
  }
}

export function sger(m: i32, n: i32, alpha: f32, x: usize, y: usize, a: usize, lda: i32): void {
  ger<f32>(m, n, alpha, x, y, a, lda);
}

export function dger(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, lda: i32): void {
  ger<f64>(m, n, alpha, x, y, a, lda);
}
