// The elementwise arithmetic: out := x + y, x - y, x y, x / y; y := x^2, sqrt x. Every result is the correctly rounded one.
// The output may alias an input.
import { apply, apply2 } from "./map";

class Sum<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.add<T>(x, y);
  }
}

class Quotient<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.div<T>(x, y);
  }
}

class Product<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.mul<T>(x, y);
  }
}

class Difference<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128, y: v128): v128 {
    return v128.sub<T>(x, y);
  }
}

class SquareRoot<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return v128.sqrt<T>(x);
  }
}

class Square<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return v128.mul<T>(x, x);
  }
}

export function f32_add(n: i32, x: usize, y: usize, out: usize): void {
  apply2<f32, Sum<f32>>(n, x, y, out);
}

export function f64_add(n: i32, x: usize, y: usize, out: usize): void {
  apply2<f64, Sum<f64>>(n, x, y, out);
}

export function f32_divide(n: i32, x: usize, y: usize, out: usize): void {
  apply2<f32, Quotient<f32>>(n, x, y, out);
}

export function f64_divide(n: i32, x: usize, y: usize, out: usize): void {
  apply2<f64, Quotient<f64>>(n, x, y, out);
}

export function f32_multiply(n: i32, x: usize, y: usize, out: usize): void {
  apply2<f32, Product<f32>>(n, x, y, out);
}

export function f64_multiply(n: i32, x: usize, y: usize, out: usize): void {
  apply2<f64, Product<f64>>(n, x, y, out);
}

export function f32_subtract(n: i32, x: usize, y: usize, out: usize): void {
  apply2<f32, Difference<f32>>(n, x, y, out);
}

export function f64_subtract(n: i32, x: usize, y: usize, out: usize): void {
  apply2<f64, Difference<f64>>(n, x, y, out);
}

export function f32_sqrt(n: i32, x: usize, y: usize): void {
  apply<f32, SquareRoot<f32>>(n, x, y);
}

export function f64_sqrt(n: i32, x: usize, y: usize): void {
  apply<f64, SquareRoot<f64>>(n, x, y);
}

export function f32_square(n: i32, x: usize, y: usize): void {
  apply<f32, Square<f32>>(n, x, y);
}

export function f64_square(n: i32, x: usize, y: usize): void {
  apply<f64, Square<f64>>(n, x, y);
}
