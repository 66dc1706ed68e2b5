import { lanes } from "../inline/lanes";

/** y := y + (alpha x_0) a_0 + ... + (alpha x_3) a_3, in this order, for four rows a_i (n), `pitch` bytes apart. */
export function add_four_rows<T>(n: i32, alpha: T, a0: usize, pitch: usize, x: usize, y: usize): void {
  let a1 = a0 + pitch, a2 = a1 + pitch, a3 = a2 + pitch;
  const x0 = <T> (alpha * load<T>(x));
  const x1 = <T> (alpha * load<T>(x + sizeof<T>()));
  const x2 = <T> (alpha * load<T>(x + 2 * sizeof<T>()));
  const x3 = <T> (alpha * load<T>(x + 3 * sizeof<T>()));
  const v0 = v128.splat<T>(x0), v1 = v128.splat<T>(x1);
  const v2 = v128.splat<T>(x2), v3 = v128.splat<T>(x3);
  for (; n >= lanes<T>(); n -= lanes<T>(), y += 16, a0 += 16, a1 += 16, a2 += 16, a3 += 16) {
    let sum = v128.add<T>(v128.load(y), v128.mul<T>(v0, v128.load(a0)));
    sum = v128.add<T>(sum, v128.mul<T>(v1, v128.load(a1)));
    sum = v128.add<T>(sum, v128.mul<T>(v2, v128.load(a2)));
    v128.store(y, v128.add<T>(sum, v128.mul<T>(v3, v128.load(a3))));
  }
  const size = sizeof<T>();
  for (; n > 0; n--, y += size, a0 += size, a1 += size, a2 += size, a3 += size) {
    let sum = <T> (load<T>(y) + <T> (x0 * load<T>(a0)));
    sum = <T> (sum + <T> (x1 * load<T>(a1)));
    sum = <T> (sum + <T> (x2 * load<T>(a2)));
    store<T>(y, <T> (sum + <T> (x3 * load<T>(a3))));
  }
}
