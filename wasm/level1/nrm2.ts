// ||x||_2 = (sum_i x_i^2)^(1/2) in float64.  x (n) contiguous, read only. Order of the sum as in dot.ts.
//
// The squares of float32 neither overflow nor underflow in float64. For float64 a sum that left the safe range is
// taken again, in order, over x times a power of two. NaN gives NaN, an infinity gives infinity.
import { dot } from "./dot";

const TINY: f64 = 2.409919865102884e-181; // 2^-600
const HUGE: f64 = 4.149515568880993e180; // 2^600
const UNDERFLOW: f64 = 1.1830521861667747e-271; // 2^-900: below it the lost squares may matter

function scaled_sum_of_squares(n: i32, scale: f64, x: usize): f64 {
  let sum: f64 = 0;
  for (; n > 0; n--, x += 8) {
    const scaled = scale * load<f64>(x);
    sum += scaled * scaled;
  }
  return sum;
}

/** ||x||_2, where x . x is known. */
export function norm_of<T>(squares: f64, n: i32, x: usize): f64 {
  if (sizeof<T>() == 4) return Math.sqrt(squares);
  if (squares == Infinity) return Math.sqrt(scaled_sum_of_squares(n, TINY, x)) * HUGE;
  if (squares < UNDERFLOW) return Math.sqrt(scaled_sum_of_squares(n, HUGE, x)) * TINY;
  return Math.sqrt(squares);
}

// @ts-ignore: decorator
@kernel
export function nrm2<T>(n: i32, x: usize): f64 {
  return norm_of<T>(dot<T>(n, x, x), n, x);
}
