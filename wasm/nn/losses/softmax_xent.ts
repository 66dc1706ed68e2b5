// The cross entropy -sum_k y_k ln p_k, p = softmax(z), by rows; gradient p sum(y) - y, Hessian sum(y) (diag p - p p').
// Targets y are dense nonnegative rows or class indices (one-hot rows). With m = max z and S = sum e^(z - m) the
// loss is sum(y) ln S - sum y (z - m): nothing overflows, and no logarithm of a small p is taken.
import { log } from "../../elementwise/log";
import { row_exp, row_max } from "./row";
import { target, target_stride } from "./target";

function loss<T>(rows: i32, classes: i32, z: usize, y: usize, indexed: bool, g: usize): f64 {
  const stride = <usize> classes * sizeof<T>();
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const m = row_max<T>(classes, z);
    let weight: f64 = 0, inner: f64 = 0;
    for (let j = 0; j < classes; j++) {
      const yj = target<T>(indexed, y, j);
      weight += yj;
      // a class of weight 0 may have the logit -inf
      if (yj != 0) inner += yj * (<f64> load<T>(z + <usize> j * sizeof<T>()) - <f64> m);
    }
    const sum = row_exp<T>(classes, z, m, g);
    total += weight * f64x2.extract_lane(log<f64>(f64x2.splat(sum)), 0) - inner;
    if (g != 0) {
      const scale = weight / sum;
      for (let j = 0; j < classes; j++) {
        const at = g + <usize> j * sizeof<T>();
        store<T>(at, <T> (scale * <f64> load<T>(at) - target<T>(indexed, y, j)));
      }
      g += stride;
    }
    z += stride;
    y += target_stride<T>(indexed, classes);
  }
  return total;
}

/** out := H u. y is the dense target, or 0 where every row has weight 1. */
// @ts-ignore: decorator
@kernel
export function softmax_xent_hessian<T>(rows: i32, classes: i32, z: usize, y: usize, u: usize, out: usize): void {
  const stride = <usize> classes * sizeof<T>();
  for (let row = 0; row < rows; row++, z += stride, u += stride, out += stride) {
    const sum = row_exp<T>(classes, z, row_max<T>(classes, z), out);
    let weight: f64 = y == 0 ? 1 : 0, mean: f64 = 0;
    for (let j = 0; j < classes; j++) {
      const at = <usize> j * sizeof<T>();
      mean += <f64> load<T>(out + at) * <f64> load<T>(u + at);
      if (y != 0) weight += <f64> load<T>(y + at);
    }
    mean /= sum;
    const scale = weight / sum;
    for (let j = 0; j < classes; j++) {
      const at = <usize> j * sizeof<T>();
      store<T>(out + at, <T> (scale * <f64> load<T>(out + at) * (<f64> load<T>(u + at) - mean)));
    }
    if (y != 0) y += stride;
  }
}

// @ts-ignore: decorator
@kernel
export function softmax_xent_loss<T>(rows: i32, classes: i32, z: usize, y: usize, g: usize): f64 {
  return loss<T>(rows, classes, z, y, false, g);
}

// @ts-ignore: decorator
@kernel
export function softmax_xent_index_loss<T>(rows: i32, classes: i32, z: usize, index: usize, g: usize): f64 {
  return loss<T>(rows, classes, z, index, true, g);
}
