// The loops of the elementwise kernels: vectors, then what is left element by element through the same vector code (see
// inline/step; here the operation is an instruction or a call, so two loops cost little and run faster).
// F is a class without fields whose method is the operation; the loop is compiled with that method in place, so
// one source serves every function. The output may alias an input.
import { lanes } from "../inline/lanes";

/** y := F(x). */
// @ts-ignore: decorator
@inline
export function apply<T, F>(n: i32, x: usize, y: usize): void {
  const f = changetype<F>(0);
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, y += 16) v128.store(y, f.apply(v128.load(x)));
  for (; n > 0; n--, x += sizeof<T>(), y += sizeof<T>()) {
    v128.store_lane<T>(y, f.apply(v128.load_splat<T>(x)), 0);
  }
}

/** out := F(x, y). */
// @ts-ignore: decorator
@inline
export function apply2<T, F>(n: i32, x: usize, y: usize, out: usize): void {
  const f = changetype<F>(0);
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, y += 16, out += 16) {
    v128.store(out, f.apply(v128.load(x), v128.load(y)));
  }
  for (; n > 0; n--, x += sizeof<T>(), y += sizeof<T>(), out += sizeof<T>()) {
    v128.store_lane<T>(out, f.apply(v128.load_splat<T>(x), v128.load_splat<T>(y)), 0);
  }
}
