// y = Phi(x) = erfc(-x / sqrt 2) / 2, the distribution function of the normal law. Error < 4 ulp in both dtypes,
// in the lower tail too; 0 at -inf, 1 at inf, NaN stays NaN.
//
// Phi(-a) = e^(-a^2/2) g(t) / (a + K), a >= 0, t = (a - K) / (a + K). g is smooth and between 0.4 and K/2, so its
// minimax polynomial on 0 <= a <= 14.5 (39) keeps the relative error of the whole (Remez exchange in 60 digits,
// rounded): 2^-26.8 with 10 coefficients and K = 4 in float32, 2^-56.1 with 22 and K = 5 in float64.
import { constant, horner, select } from "../inline/float";
import { gaussian } from "./gaussian";
import { apply } from "./map";

const K = 0, LIMIT = 1, G = 2;

function table<T>(): usize {
  if (sizeof<T>() == 4) {
    return memory.data<f32>([
      4, 14.5,
      -0.00013197028602007776, 0.0001793566916603595, 0.0015699230134487152, -0.003512555966153741,
      -0.007525271736085415, 0.06040383130311966, -0.1865234375, 0.38713690638542175,
      -0.6078965663909912, 0.7552851438522339,
    ]);
  }
  return memory.data<f64>([
    5, 39,
    2.013925497430428e-9, 7.181988486924486e-9, -1.0210919740524659e-8, -6.531990278334666e-8,
    4.3612354606404546e-8, 4.3268654477053513e-7, -3.3774311441642773e-7, -2.769055303606826e-6,
    3.981491216129648e-6, 1.6681144884862905e-5, -4.9763010227126333e-5, -5.9375711297656016e-5,
    0.0005448991058657705, -0.0007978694014767806, -0.00299337677569564, 0.020795066800241967,
    -0.06911863870595199, 0.1650203661703616, -0.31353315667131576, 0.495305615969977,
    -0.6653825028900566, 0.769193049750063,
  ]);
}

/** Phi(x), lane by lane. */
export function normal_cdf<T>(x: v128): v128 {
  const t = table<T>();
  const k = constant<T>(t, K);
  const a = v128.min<T>(v128.abs<T>(x), constant<T>(t, LIMIT));
  const reciprocal = v128.div<T>(v128.splat<T>(<T> 1), v128.add<T>(a, k));
  const u = v128.mul<T>(v128.sub<T>(a, k), reciprocal);
  let g = constant<T>(t, G);
  const last = sizeof<T>() == 4 ? G + 9 : G + 21;
  for (let j = G + 1; j <= last; j++) g = horner<T>(g, u, t, j);
  const tail = v128.mul<T>(gaussian<T>(a), v128.mul<T>(g, reciprocal));
  const one = v128.splat<T>(<T> 1);
  return select(v128.lt<T>(x, v128.splat<T>(<T> 0)), tail, v128.sub<T>(one, tail));
}

class NormalCdf<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return normal_cdf<T>(x);
  }
}

export function f32_normal_cdf(n: i32, x: usize, y: usize): void {
  apply<f32, NormalCdf<f32>>(n, x, y);
}

export function f64_normal_cdf(n: i32, x: usize, y: usize): void {
  apply<f64, NormalCdf<f64>>(n, x, y);
}
