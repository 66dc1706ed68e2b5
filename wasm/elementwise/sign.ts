// y := |x|; y := max(x, 0), where NaN stays NaN; out := 1 where x < y and 0 elsewhere. y may be x, out an operand.
import { apply, apply2 } from "./map";

@kernel(apply, "abs")
export class Magnitude<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return v128.abs<T>(x);
  }
}

@kernel(apply, "positive_part")
export class PositivePart<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return v128.max<T>(x, v128.splat<T>(<T> 0));
  }
}

@kernel(apply2, "is_less")
export class IsLess<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.and(v128.lt<T>(x, y), v128.splat<T>(<T> 1));
  }
}
