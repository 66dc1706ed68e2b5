// The elementwise arithmetic: out := x + y, x - y, x y, x / y; y := x^2, sqrt x. Every result is the correctly rounded one.
// The output may alias an input.
import { apply, apply2 } from "./map";

@kernel(apply2, "add")
export class Sum<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.add<T>(x, y);
  }
}

@kernel(apply2, "divide")
export class Quotient<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.div<T>(x, y);
  }
}

@kernel(apply2, "multiply")
export class Product<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.mul<T>(x, y);
  }
}

@kernel(apply2, "subtract")
export class Difference<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.sub<T>(x, y);
  }
}

@kernel(apply, "sqrt")
export class SquareRoot<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return v128.sqrt<T>(x);
  }
}

@kernel(apply, "square")
export class Square<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return v128.mul<T>(x, x);
  }
}
