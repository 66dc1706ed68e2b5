// min ‖A x - b‖² + ‖diag(shift) x‖² by Q R of A, and rotations of the shift into R. All float64.
//
// a (n, m) holds A by columns, then in row j from element j on the reflection v that makes column j of R; factors (n) have
// 2 / v'v, 0 where there is none; r (n, n) is R, zero below row m. Sums that are not gemv's, dot's or nrm2's go in order.
import { axpy } from "../level1/axpy";
import { dot } from "../level1/dot";
import { fill } from "../level1/fill";
import { nrm2 } from "../level1/nrm2";
import { rot } from "../level1/rot";
import { gemv } from "../level2/gemv";
import { ger } from "../level2/ger";

/** Element (i, j) of a matrix with rows of n elements. */
// @ts-ignore: decorator
@inline
function at(a: usize, n: i32, i: i32, j: i32): usize {
  return a + ((<usize> i * <usize> n + <usize> j) << 3);
}

/** Householder's reflections; products: n elements. 2 m n^2 flops. */
// @ts-ignore: decorator
@kernel
export function reflect_columns(m: i32, n: i32, a: usize, factors: usize, r: usize, products: usize): void {
  fill<f64>(n * n, 0, r);
  fill<f64>(n, 0, factors);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < min<i32>(j, m); i++) store<f64>(at(r, n, i, j), load<f64>(at(a, m, j, i)));
    if (j >= m) continue;
    const v = at(a, m, j, j), next = at(a, m, j + 1, j), length = m - j, rest = n - j - 1;
    const norm = nrm2<f64>(length, v), first = load<f64>(v);
    if (norm == 0) continue;
    const pivot = first > 0 ? -norm : norm;
    store<f64>(at(r, n, j, j), pivot);
    store<f64>(v, first - pivot);
    const factor = 1 / (norm * (norm + abs<f64>(first)));
    store<f64>(at(factors, 0, 0, j), factor);
    gemv<f64>(0, rest, length, factor, next, m, v, 0, products);
    ger<f64>(rest, length, -1, products, v, next, m);
  }
}

/** b (m) := Q'b. */
// @ts-ignore: decorator
@kernel
export function reflect_vector(m: i32, n: i32, a: usize, factors: usize, b: usize): void {
  for (let j = 0; j < min<i32>(m, n); j++) {
    const v = at(a, m, j, j), rest = at(b, 0, 0, j);
    const product = load<f64>(at(factors, 0, 0, j)) * dot<f64>(m - j, v, rest);
    axpy<f64>(m - j, -product, v, rest);
  }
}

/** x (n), Q'b when it is called, := the solution; 0 where R and the shift leave an unknown free. row: n elements. */
// @ts-ignore: decorator
@kernel
export function solve_shifted(n: i32, r: usize, rotated: usize, shift: usize, x: usize, row: usize): void {
  memory.copy(rotated, r, <usize> n * <usize> n << 3);
  for (let j = 0; j < n; j++) {
    const own = load<f64>(at(shift, 0, 0, j));
    if (own == 0) continue;
    fill<f64>(n - j, 0, at(row, 0, 0, j));
    store<f64>(at(row, 0, 0, j), own);
    let rest: f64 = 0;
    for (let k = j; k < n; k++) {
      const w = load<f64>(at(row, 0, 0, k));
      if (w == 0) continue;
      const from = at(rotated, n, k, k), pivot = load<f64>(from);
      const length = sqrt<f64>(pivot * pivot + w * w), c = pivot / length, s = w / length;
      rot<f64>(n - k, from, at(row, 0, 0, k), c, s);
      const before = load<f64>(at(x, 0, 0, k));
      store<f64>(at(x, 0, 0, k), c * before + s * rest);
      rest = c * rest - s * before;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = load<f64>(at(x, 0, 0, i));
    for (let k = i + 1; k < n; k++) sum -= load<f64>(at(rotated, n, i, k)) * load<f64>(at(x, 0, 0, k));
    const pivot = load<f64>(at(rotated, n, i, i));
    store<f64>(at(x, 0, 0, i), pivot == 0 ? 0 : sum / pivot);
  }
}

/** ‖R x‖². */
// @ts-ignore: decorator
@kernel
export function image_squares(n: i32, r: usize, x: usize): f64 {
  let squares: f64 = 0;
  for (let i = 0; i < n; i++) {
    let sum: f64 = 0;
    for (let k = i; k < n; k++) sum += load<f64>(at(r, n, i, k)) * load<f64>(at(x, 0, 0, k));
    squares += sum * sum;
  }
  return squares;
}

/** gram (n, n) := (R'R)⁻¹; inverse (n, n) is R⁻¹ then. 0 where a pivot is not above tolerance times the largest, else 1. */
// @ts-ignore: decorator
@kernel
export function inverse_gram(n: i32, r: usize, tolerance: f64, inverse: usize, gram: usize): i32 {
  let largest: f64 = 0, smallest = Infinity;
  for (let i = 0; i < n; i++) {
    const pivot = abs<f64>(load<f64>(at(r, n, i, i)));
    largest = max<f64>(largest, pivot);
    smallest = min<f64>(smallest, pivot);
  }
  if (!(smallest > tolerance * largest)) return 0;
  fill<f64>(n * n, 0, inverse);
  for (let j = 0; j < n; j++) {
    store<f64>(at(inverse, n, j, j), 1 / load<f64>(at(r, n, j, j)));
    for (let i = j - 1; i >= 0; i--) {
      let sum: f64 = 0;
      for (let k = i + 1; k <= j; k++) sum += load<f64>(at(r, n, i, k)) * load<f64>(at(inverse, n, k, j));
      store<f64>(at(inverse, n, i, j), -sum / load<f64>(at(r, n, i, i)));
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum: f64 = 0;
      for (let k = i; k < n; k++) sum += load<f64>(at(inverse, n, i, k)) * load<f64>(at(inverse, n, j, k));
      store<f64>(at(gram, n, i, j), sum);
      store<f64>(at(gram, n, j, i), sum);
    }
  }
  return 1;
}
