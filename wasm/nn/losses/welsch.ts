// Welsch's loss of a whole row, 1 - e^(-|r|^2/2), r = z - y a row: gradient e r, Hessian e (I - r r'), e = e^(-|r|^2/2).
// Not convex: its only eigenvalue other than e is e (1 - |r|^2), along r. |r|^2 and e are float64, sums in
// order of the elements.
import { exp } from "../../elementwise/exp";
import { expm1_to_80 } from "../../elementwise/expm1";

/** -|z - y|^2 / 2. */
function half_square<T>(width: i32, z: usize, y: usize): f64 {
  let sum: f64 = 0;
  for (let j = 0; j < width; j++) {
    const at = <usize> j * sizeof<T>();
    const r = <f64> load<T>(z + at) - <f64> load<T>(y + at);
    sum += r * r;
  }
  return -0.5 * sum;
}

// @ts-ignore: decorator
@kernel
export function welsch_loss<T>(rows: i32, width: i32, z: usize, y: usize, g: usize): f64 {
  const stride = <usize> width * sizeof<T>();
  let total: f64 = 0;
  for (let row = 0; row < rows; row++, z += stride, y += stride) {
    const exponent = f64x2.splat(half_square<T>(width, z, y));
    total -= f64x2.extract_lane(expm1_to_80<f64>(exponent), 0);
    if (g == 0) continue;
    const e = f64x2.extract_lane(exp<f64>(exponent), 0);
    for (let j = 0; j < width; j++) {
      const at = <usize> j * sizeof<T>();
      store<T>(g + at, <T> (e * (<f64> load<T>(z + at) - <f64> load<T>(y + at))));
    }
    g += stride;
  }
  return total;
}

// @ts-ignore: decorator
@kernel
export function welsch_hessian<T>(rows: i32, width: i32, z: usize, y: usize, u: usize, out: usize): void {
  const stride = <usize> width * sizeof<T>();
  for (let row = 0; row < rows; row++, z += stride, y += stride, u += stride, out += stride) {
    const e = f64x2.extract_lane(exp<f64>(f64x2.splat(half_square<T>(width, z, y))), 0);
    let inner: f64 = 0;
    for (let j = 0; j < width; j++) {
      const at = <usize> j * sizeof<T>();
      inner += (<f64> load<T>(z + at) - <f64> load<T>(y + at)) * <f64> load<T>(u + at);
    }
    for (let j = 0; j < width; j++) {
      const at = <usize> j * sizeof<T>();
      const r = <f64> load<T>(z + at) - <f64> load<T>(y + at);
      store<T>(out + at, <T> (e * (<f64> load<T>(u + at) - r * inner)));
    }
  }
}
