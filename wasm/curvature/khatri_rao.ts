// The face-splitting product: out(r, (l, i)) := a(r, l) b(r, i), rows of a Jacobian from output derivatives and inputs.
//
// a (rows, m) lies rows `acrossA` and columns `alongA` elements apart; b (rows, n) is row-major, with hasOnes one of its n
// columns, the last, is all ones and not in memory. out is row-major with stride ldo. One multiplication per element,
// exact for the ones. out overlaps neither.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function khatri_rao<T>(
  rows: i32,
  m: i32,
  a: usize,
  acrossA: i32,
  alongA: i32,
  n: i32,
  b: usize,
  ldb: i32,
  hasOnes: i32,
  out: usize,
  ldo: i32,
): void {
  const size = <usize> sizeof<T>(), held = n - hasOnes;
  for (let r = 0; r < rows; r++) {
    let from = a + <usize> r * <usize> acrossA * size;
    let to = out + <usize> r * <usize> ldo * size;
    const row = b + <usize> r * <usize> ldb * size;
    for (let l = 0; l < m; l++, from += <usize> alongA * size) {
      const factor = load<T>(from), factors = v128.splat<T>(factor);
      let rest = held, at = row;
      while (rest > 0) {
        const count = step<T>(rest), bytes = <usize> count * size;
        store_step<T>(to, v128.mul<T>(factors, load_step<T>(at, count)), count);
        rest -= count;
        at += bytes;
        to += bytes;
      }
      if (hasOnes) {
        store<T>(to, factor);
        to += size;
      }
    }
  }
}
