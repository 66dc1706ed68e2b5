// A matrix B (m, n) beside one of rank one, u a'; row strides ldb, ldo; u (m), a (n).
//   rank_one_distance: the sum of (b_ij - u_i a_j)^2 in float64: one accumulator per lane over a row's vectors, then over
//     its tail, its lanes added in order, then row by row. 4 flops per element.
//   add_rank_one: out := c B + w a', out may be B. 4 flops per element.
// The difference is taken before the square: nothing is lost where B is nearly u a'.
import { lanes } from "../inline/lanes";
import { load_step, step, store_step } from "../inline/step";

function row_distance<T>(n: i32, b: usize, u: T, a: usize): f64 {
  const us = v128.splat<T>(u);
  let sum = f64x2.splat(0), tail: f64 = 0;
  for (; n >= lanes<T>(); n -= lanes<T>(), a += 16, b += 16) {
    const d = v128.sub<T>(v128.load(b), v128.mul<T>(us, v128.load(a)));
    if (sizeof<T>() == 4) {
      const low = f64x2.promote_low_f32x4(d), high = f64x2.promote_low_f32x4(v128.shuffle<f64>(d, d, 1, 0));
      sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    } else {
      sum = f64x2.add(sum, f64x2.mul(d, d));
    }
  }
  for (; n > 0; n--, a += sizeof<T>(), b += sizeof<T>()) {
    const d = <f64> <T> (load<T>(b) - <T> (u * load<T>(a)));
    tail += d * d;
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + tail;
}

// @ts-ignore: decorator
@kernel
export function rank_one_distance<T>(m: i32, n: i32, b: usize, ldb: i32, u: usize, a: usize): f64 {
  let total: f64 = 0;
  for (let i = 0; i < m; i++, b += <usize> ldb * sizeof<T>(), u += sizeof<T>()) {
    total += row_distance<T>(n, b, load<T>(u), a);
  }
  return total;
}

// deno-fmt-ignore
// @ts-ignore: decorator
@kernel
export function add_rank_one<T>(
  m: i32, n: i32, c: T, b: usize, ldb: i32, w: usize, a: usize, out: usize, ldo: i32,
): void {
  const cs = v128.splat<T>(c);
  for (let i = 0; i < m; i++, b += <usize> ldb * sizeof<T>(), out += <usize> ldo * sizeof<T>(), w += sizeof<T>()) {
    const ws = v128.load_splat<T>(w);
    let rest = n, from = b, along = a, to = out;
    while (rest > 0) {
      const count = step<T>(rest);
      const bytes = <usize> count * sizeof<T>();
      const kept = v128.mul<T>(cs, load_step<T>(from, count));
      store_step<T>(to, v128.add<T>(kept, v128.mul<T>(ws, load_step<T>(along, count))), count);
      rest -= count;
      from += bytes;
      along += bytes;
      to += bytes;
    }
  }
}
