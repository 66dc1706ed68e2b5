// y = Phi(x) = erfc(-x / sqrt 2) / 2, the distribution function of the normal law. Error < 5 ulp in both dtypes,
// in the lower tail too; 0 at -inf, 1 at inf, NaN stays NaN.
//
// |x| < 1: 1/2 + x C(x^2), C minimax for the error relative to 1/2: 2^-25.3 with 5 coefficients in float32, 2^-54.6
// with 11 in float64. Otherwise Phi(-a) = e^(-a^2/2) G(t) / (a + K), a = |x|, t = (a - K) / (a + K). G is smooth
// and between 0.4 and K/2, so its minimax polynomial on 0 <= a <= 14.5 (39) keeps the relative error of the whole:
// 2^-26.8 with 10 coefficients and K = 4 in float32, 2^-56.1 with 22 and K = 5 in float64. Both by Remez
// exchange in 60 digits, rounded.
import { constant, horner, select } from "../inline/float";
import { gaussian } from "./gaussian";
import { apply } from "./map";

const K = 0, LIMIT = 1, C = 2;

function table<T>(): usize {
  if (sizeof<T>() == 4) {
    return memory.data<f32>([
      4, 14.5,
      9.246634726878256e-5, -0.0011653467081487179, 0.009964164346456528, -0.06648872792720795, 0.3989422023296356,
      -0.00013197028602007776, 0.0001793566916603595, 0.0015699230134487152, -0.003512555966153741,
      -0.007525271736085415, 0.06040383130311966, -0.1865234375, 0.38713690638542175,
      -0.6078965663909912, 0.7552851438522339,
    ]);
  }
  return memory.data<f64>([
    5, 39,
    4.032838052748992e-12, -1.1042539046807774e-10, 2.2699233060500922e-9, -4.122348962535513e-8,
    6.659675106676798e-7, -9.444655560278916e-6, 0.00011543468744536769, -0.0011873282154549474,
    0.009973557010033699, -0.06649038006690537, 0.3989422804014327,
    2.013925497430428e-9, 7.181988486924486e-9, -1.0210919740524659e-8, -6.531990278334666e-8,
    4.3612354606404546e-8, 4.3268654477053513e-7, -3.3774311441642773e-7, -2.769055303606826e-6,
    3.981491216129648e-6, 1.6681144884862905e-5, -4.9763010227126333e-5, -5.9375711297656016e-5,
    0.0005448991058657705, -0.0007978694014767806, -0.00299337677569564, 0.020795066800241967,
    -0.06911863870595199, 0.1650203661703616, -0.31353315667131576, 0.495305615969977,
    -0.6653825028900566, 0.769193049750063,
  ]);
}

/** The polynomial with the coefficients first, ..., last of a table, highest power first. */
// @ts-ignore: decorator
@inline
function polynomial<T>(x: v128, table: usize, first: i32, last: i32): v128 {
  let p = constant<T>(table, first);
  for (let j = first + 1; j <= last; j++) p = horner<T>(p, x, table, j);
  return p;
}

/** Phi(x), lane by lane. */
export function normal_cdf<T>(x: v128): v128 {
  const t = table<T>();
  const g = sizeof<T>() == 4 ? C + 5 : C + 11;
  const last = sizeof<T>() == 4 ? g + 9 : g + 21;
  const k = constant<T>(t, K);
  const magnitude = v128.abs<T>(x);
  const one = v128.splat<T>(<T> 1);

  const center = v128.mul<T>(x, polynomial<T>(v128.mul<T>(x, x), t, C, g - 1));
  const near = v128.add<T>(v128.splat<T>(<T> 0.5), center);

  const a = v128.min<T>(magnitude, constant<T>(t, LIMIT));
  const sum = v128.add<T>(a, k);
  const ratio = polynomial<T>(v128.div<T>(v128.sub<T>(a, k), sum), t, g, last);
  const tail = v128.div<T>(v128.mul<T>(gaussian<T>(a), ratio), sum);
  const far = select(v128.lt<T>(x, v128.splat<T>(<T> 0)), tail, v128.sub<T>(one, tail));
  return select(v128.lt<T>(magnitude, one), near, far);
}

@kernel(apply, "normal_cdf")
export class NormalCdf<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return normal_cdf<T>(x);
  }
}
