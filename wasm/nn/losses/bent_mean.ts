// sum := sum + Σ_r (c_r I + b_r x_r x_rᵀ) in float64, row by row: Hessians that bend along one vector x_r of their sample.
// x (rows, width); c, b (rows) and sum (width, width) float64. Each term is (b_r x_ri) x_rj. 2 rows width² flops.
import { load_wide } from "../../inline/wide";

// @ts-ignore: decorator
@kernel
export function add_bent<T>(rows: i32, width: i32, c: usize, b: usize, x: usize, sum: usize): void {
  const size = sizeof<T>(), pitch = <usize> width * size;
  for (; rows > 0; rows--, c += 8, b += 8, x += pitch) {
    const shift = load<f64>(c), bend = load<f64>(b);
    let row = sum;
    for (let i: usize = 0; i < <usize> width; i++) {
      const diagonal = row + (i << 3), factor = bend * <f64> load<T>(x + i * size);
      store<f64>(diagonal, load<f64>(diagonal) + shift);
      const factors = f64x2.splat(factor);
      let n = width, from = x;
      for (; n >= 2; n -= 2, from += 2 * size, row += 16) {
        v128.store(row, f64x2.add(v128.load(row), f64x2.mul(factors, load_wide<T>(from))));
      }
      if (n != 0) {
        store<f64>(row, load<f64>(row) + factor * <f64> load<T>(from));
        row += 8;
      }
    }
  }
}
