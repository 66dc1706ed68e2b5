// y = ln x. Error < 1 ulp in both dtypes (float32: over all 2^32 inputs, and monotone); ln 1 = 0, ln 0 = -inf,
// ln inf = inf, x < 0 gives NaN, NaN stays NaN; subnormal inputs are scaled by 2^64 first.
//
// x = 2^k m, m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f), z = s^2 (the scheme of fdlibm):
// ln m = f - f^2/2 + s (f^2/2 + z Q(z)), since ln m = 2s + s z Q(z). Q is the minimax polynomial for the
// error relative to 2s (Remez exchange in 60 digits, rounded): 2^-30.1 with 3 coefficients in float32,
// 2^-58.9 with 7 in float64. ln2 in two parts as in exp_core.
import { add_bits, constant, horner, select, shift_left, shift_right, significand_bits, subtract_bits } from "../inline/float";
import { apply } from "./map";

const SHIFT = 0, LN2_HIGH = 1, LN2_LOW = 2, SQRT_HALF = 3, MIN_NORMAL = 4, Q = 5;

function table<T>(): usize {
  if (sizeof<T>() == 4) {
    return memory.data<f32>([
      12582912, 0.693145751953125, 1.428606765330187e-6, 0.7071067690849304, 1.1754943508222875e-38,
      0.2987239956855774, 0.3997751772403717, 0.6666677594184875,
    ]);
  }
  return memory.data<f64>([
    6755399441055744, 0.6931471803691238, 1.9082149292705877e-10, 0.7071067811865476, 2.2250738585072014e-308,
    0.14796728543448734, 0.15313976981448257, 0.1818356702668869, 0.22222198524780024, 0.28571428742822313,
    0.39999999999412905, 0.6666666666666735,
  ]);
}

/** ln x, lane by lane. */
export function log<T>(x: v128): v128 {
  const t = table<T>();
  const one = v128.splat<T>(<T> 1);
  const subnormal = v128.lt<T>(x, constant<T>(t, MIN_NORMAL));
  const scaled = select(subnormal, v128.mul<T>(x, v128.splat<T>(<T> 18446744073709551616.0)), x);
  const above = subtract_bits<T>(scaled, constant<T>(t, SQRT_HALF));
  const exponent = shift_right<T>(above, significand_bits<T>());
  const m = subtract_bits<T>(scaled, shift_left<T>(exponent, significand_bits<T>()));
  const integer = v128.sub<T>(add_bits<T>(exponent, constant<T>(t, SHIFT)), constant<T>(t, SHIFT));
  const k = v128.sub<T>(integer, v128.and(subnormal, v128.splat<T>(<T> 64)));

  const f = v128.sub<T>(m, one);
  const s = v128.div<T>(f, v128.add<T>(v128.splat<T>(<T> 2), f));
  const z = v128.mul<T>(s, s);
  let q = constant<T>(t, Q);
  if (sizeof<T>() == 8) {
    q = horner<T>(q, z, t, Q + 1);
    q = horner<T>(q, z, t, Q + 2);
    q = horner<T>(q, z, t, Q + 3);
    q = horner<T>(q, z, t, Q + 4);
  }
  const last = sizeof<T>() == 4 ? Q + 2 : Q + 6;
  q = horner<T>(q, z, t, last - 1);
  q = horner<T>(q, z, t, last);
  const half_square = v128.mul<T>(v128.splat<T>(<T> 0.5), v128.mul<T>(f, f));
  const small = v128.add<T>(
    v128.mul<T>(s, v128.add<T>(half_square, v128.mul<T>(z, q))),
    v128.mul<T>(k, constant<T>(t, LN2_LOW)),
  );
  const fraction = v128.sub<T>(v128.sub<T>(half_square, small), f);
  const result = v128.sub<T>(v128.mul<T>(k, constant<T>(t, LN2_HIGH)), fraction);

  // 0, negative, inf and NaN: -inf, and what the square root says (NaN, inf, NaN)
  const zero = v128.splat<T>(<T> 0);
  const infinity = v128.splat<T>(<T> Infinity);
  const ordinary = v128.and(v128.gt<T>(x, zero), v128.lt<T>(x, infinity));
  const special = select(v128.eq<T>(x, zero), v128.neg<T>(infinity), v128.sqrt<T>(x));
  return select(ordinary, result, special);
}

@kernel(apply, "log")
export class Log<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return log<T>(x);
  }
}
