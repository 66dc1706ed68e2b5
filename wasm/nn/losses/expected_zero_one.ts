// The expected zero-one loss 1 - q, q = sum_k y_k p_k, p = softmax(z), by rows; not convex. Gradient p_j (q - y_j); with
// m = sum p u and dq = sum_k y_k p_k (u_k - m) the Hessian product is p_j ((u_j - m)(q - y_j) + dq).
// Targets y are dense rows or class indices (one-hot rows). g and out must not alias z, y or u.
import { exp } from "../../elementwise/exp";
import { row_exp, row_max } from "./row";
import { target, target_stride } from "./target";

function loss<T>(rows: i32, classes: i32, z: usize, y: usize, indexed: bool, g: usize): f64 {
  const stride = <usize> classes * sizeof<T>();
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const m = row_max<T>(classes, z);
    const sum = row_exp<T>(classes, z, m, g);
    let q: f64 = 0;
    for (let j = 0; j < classes; j++) {
      const yj = target<T>(indexed, y, j);
      if (yj == 0) continue;
      const e = exp<T>(v128.splat<T>(<T> (load<T>(z + <usize> j * sizeof<T>()) - m)));
      q += yj * <f64> v128.extract_lane<T>(e, 0);
    }
    q /= sum;
    total += 1 - q;
    if (g != 0) {
      for (let j = 0; j < classes; j++) {
        const at = g + <usize> j * sizeof<T>();
        store<T>(at, <T> (<f64> load<T>(at) / sum * (q - target<T>(indexed, y, j))));
      }
      g += stride;
    }
    z += stride;
    y += target_stride<T>(indexed, classes);
  }
  return total;
}

function hessian<T>(rows: i32, classes: i32, z: usize, y: usize, indexed: bool, u: usize, out: usize): void {
  const stride = <usize> classes * sizeof<T>();
  for (let row = 0; row < rows; row++, z += stride, u += stride, out += stride) {
    const sum = row_exp<T>(classes, z, row_max<T>(classes, z), out);
    let mean: f64 = 0, q: f64 = 0, dq: f64 = 0;
    for (let j = 0; j < classes; j++) {
      const at = <usize> j * sizeof<T>();
      const p = <f64> load<T>(out + at) / sum;
      const weighted = target<T>(indexed, y, j) * p;
      mean += p * <f64> load<T>(u + at);
      q += weighted;
      dq += weighted * <f64> load<T>(u + at);
    }
    dq -= q * mean;
    for (let j = 0; j < classes; j++) {
      const at = <usize> j * sizeof<T>();
      const p = <f64> load<T>(out + at) / sum;
      const deviation = <f64> load<T>(u + at) - mean;
      store<T>(out + at, <T> (p * (deviation * (q - target<T>(indexed, y, j)) + dq)));
    }
    y += target_stride<T>(indexed, classes);
  }
}

// @ts-ignore: decorator
@kernel
export function expected_zero_one_loss<T>(rows: i32, classes: i32, z: usize, y: usize, g: usize): f64 {
  return loss<T>(rows, classes, z, y, false, g);
}

// @ts-ignore: decorator
@kernel
export function expected_zero_one_index_loss<T>(rows: i32, classes: i32, z: usize, index: usize, g: usize): f64 {
  return loss<T>(rows, classes, z, index, true, g);
}

// @ts-ignore: decorator
@kernel
export function expected_zero_one_hessian<T>(
  rows: i32, classes: i32, z: usize, y: usize, u: usize, out: usize,
): void {
  hessian<T>(rows, classes, z, y, false, u, out);
}

// @ts-ignore: decorator
@kernel
export function expected_zero_one_index_hessian<T>(
  rows: i32, classes: i32, z: usize, index: usize, u: usize, out: usize,
): void {
  hessian<T>(rows, classes, z, index, true, u, out);
}
