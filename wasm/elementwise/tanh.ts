// y = tanh x. Error < 2 ulp in both dtypes (float32: over all 2^32 inputs, and monotone); odd to the last bit,
// tanh(-0) = -0, exactly +-1 from |x| = 9.02 (19.1) on, NaN stays NaN.
//
// |x| < 0.55: x + x z P(z), z = x^2, P minimax for the relative error (Remez exchange in 60 digits, rounded):
// 2^-27.8 with 5 coefficients in float32, 2^-55.1 with 10 in float64. Otherwise 1 - 2 / (e^(2|x|) + 1): each of
// its operations is monotone. (e^2x - 1) / (e^2x + 1) needs no polynomial but is not monotone in float32.
import { constant, horner, select } from "../inline/float";
import { exp_normal } from "./exp_core";
import { apply } from "./map";

const P = 0;

function table<T>(): usize {
  if (sizeof<T>() == 4) {
    return memory.data<f32>([
      -0.006274237763136625, 0.021071678027510643, -0.05385230854153633, 0.13332585990428925, -0.33333316445350647,
    ]);
  }
  return memory.data<f64>([
    5.102143865829989e-5, -0.0002103023447973065, 0.0005791369842716386, -0.0014532167469035375,
    0.0035917196956794227, -0.008863194503882595, 0.021869485974787186, -0.05396825387607851, 0.13333333333168707,
    -0.33333333333332316,
  ]);
}

/** tanh x, lane by lane. */
export function tanh<T>(x: v128): v128 {
  const one = v128.splat<T>(<T> 1);
  const t = table<T>();
  const z = v128.mul<T>(x, x);
  let p = constant<T>(t, P);
  if (sizeof<T>() == 8) {
    p = horner<T>(p, z, t, P + 1);
    p = horner<T>(p, z, t, P + 2);
    p = horner<T>(p, z, t, P + 3);
    p = horner<T>(p, z, t, P + 4);
    p = horner<T>(p, z, t, P + 5);
  }
  const last = sizeof<T>() == 4 ? P + 4 : P + 9;
  p = horner<T>(p, z, t, last - 3);
  p = horner<T>(p, z, t, last - 2);
  p = horner<T>(p, z, t, last - 1);
  p = horner<T>(p, z, t, last);
  const near = v128.add<T>(x, v128.mul<T>(x, v128.mul<T>(z, p)));

  const magnitude = v128.abs<T>(x);
  const saturated = v128.min<T>(magnitude, v128.splat<T>(<T> 22));
  const e = exp_normal<T>(v128.add<T>(saturated, saturated));
  const quotient = v128.div<T>(v128.splat<T>(<T> 2), v128.add<T>(e, one));
  const far = v128.sub<T>(one, quotient);
  const result = select(v128.lt<T>(magnitude, v128.splat<T>(<T> 0.55)), near, far);
  return select(v128.splat<T>(<T> -0.0), x, result);
}

@kernel(apply, "tanh")
export class Tanh<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return tanh<T>(x);
  }
}
