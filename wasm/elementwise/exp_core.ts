// The shared core of every kernel with an exponential: e^x = 2^k (1 + c), |r| <= ln2/2.
//
// Reduction after Cody and Waite: k = round(x log2 e) by adding 1.5 2^23 (1.5 2^52), r = x - k ln2 with ln2 in
// two parts, the upper of 16 (32) bits so that k times it is exact. c = r + r^2 P(r), P the minimax
// polynomial for the relative error of e^r on |r| <= 1.0005 ln2/2 (Remez exchange in 60 digits, rounded):
// 2^-28.0 with 5 coefficients in float32, 2^-56.3 with 10 in float64.
import { constant, horner, power_of_two, shift_right, subtract_bits } from "../inline/float";

const LOG2E = 0, SHIFT = 1, LN2_HIGH = 2, LN2_LOW = 3, P = 4;

function table<T>(): usize {
  if (sizeof<T>() == 4) {
    return memory.data<f32>([
      1.4426950216293335, 12582912, 0.693145751953125, 1.428606765330187e-6,
      0.0013814544072374701, 0.00836874544620514, 0.04166838899254799, 0.1666652113199234, 0.4999999403953552,
    ]);
  }
  return memory.data<f64>([
    1.4426950408889634, 6755399441055744, 0.6931471803691238, 1.9082149292705877e-10,
    2.50000138317822e-8, 2.7630305859655486e-7, 2.755758681881435e-6, 2.480149295080446e-5, 0.0001984126950576047,
    0.001388888894375879, 0.00833333333349498, 0.04166666666652973, 0.1666666666666641, 0.5000000000000011,
  ]);
}

/** x log2 e rounded to an integer k and shifted by 1.5 2^23 (1.5 2^52), so that the low bits are those of k. */
// @ts-ignore: decorator
@inline
export function shifted_exponent<T>(x: v128): v128 {
  return v128.add<T>(v128.mul<T>(x, constant<T>(table<T>(), LOG2E)), constant<T>(table<T>(), SHIFT));
}

/** x - k ln2. */
// @ts-ignore: decorator
@inline
export function reduced<T>(x: v128, shifted: v128): v128 {
  const k = v128.sub<T>(shifted, constant<T>(table<T>(), SHIFT));
  const high = v128.sub<T>(x, v128.mul<T>(k, constant<T>(table<T>(), LN2_HIGH)));
  return v128.sub<T>(high, v128.mul<T>(k, constant<T>(table<T>(), LN2_LOW)));
}

/** c = e^r - 1 for |r| <= ln2/2. */
// @ts-ignore: decorator
@inline
export function reduced_expm1<T>(r: v128): v128 {
  const t = table<T>();
  let p = constant<T>(t, P);
  if (sizeof<T>() == 8) {
    p = horner<T>(p, r, t, P + 1);
    p = horner<T>(p, r, t, P + 2);
    p = horner<T>(p, r, t, P + 3);
    p = horner<T>(p, r, t, P + 4);
    p = horner<T>(p, r, t, P + 5);
  }
  const last = sizeof<T>() == 4 ? P + 4 : P + 9;
  p = horner<T>(p, r, t, last - 3);
  p = horner<T>(p, r, t, last - 2);
  p = horner<T>(p, r, t, last - 1);
  p = horner<T>(p, r, t, last);
  return v128.add<T>(r, v128.mul<T>(v128.mul<T>(r, r), p));
}

/** y 2^k in two factors, so that overflow, subnormal results and y 2^k near either are rounded once. */
// @ts-ignore: decorator
@inline
export function scale_by_exponent<T>(y: v128, shifted: v128): v128 {
  const k = subtract_bits<T>(shifted, constant<T>(table<T>(), SHIFT));
  const half = shift_right<T>(k, 1);
  return v128.mul<T>(v128.mul<T>(y, power_of_two<T>(half)), power_of_two<T>(subtract_bits<T>(k, half)));
}

/** e^x where 2^k is a normal number, for the kernels that clamp x themselves. */
// @ts-ignore: decorator
@inline
export function exp_normal<T>(x: v128): v128 {
  const shifted = shifted_exponent<T>(x);
  const c = reduced_expm1<T>(reduced<T>(x, shifted));
  return v128.mul<T>(v128.add<T>(v128.splat<T>(<T> 1), c), power_of_two<T>(shifted));
}
