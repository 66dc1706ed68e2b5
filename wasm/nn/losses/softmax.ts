// p := softmax(z) by rows, e^(z - max) over its float64 sum. p may alias z.
import { row_exp, row_max, row_scale } from "./row";

// @ts-ignore: decorator
@kernel
export function softmax<T>(rows: i32, classes: i32, z: usize, p: usize): void {
  const stride = <usize> classes * sizeof<T>();
  for (; rows > 0; rows--, z += stride, p += stride) {
    row_scale<T>(classes, 1 / row_exp<T>(classes, z, row_max<T>(classes, z), p), p);
  }
}
