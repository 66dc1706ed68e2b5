// Conjugate gradients for ((1 - alpha) C + alpha I) X = B, X and B (m, d), from X = 0: every operation in the order of
// src/solvers/cg.ts, without its options, so that the iterates have the same bits.
//
//   isStored   C = G ⊗ A: G X A', A (d, d)              between: m d elements
//   else       C = G ⊗ factor R'R: factor (G (X R')) R   between and beside: m k elements each
//
// G (m, m). R (k, d) as operand B of a product: `flags` has ONES_B or PATCHES_B, lda the stride or the geometry. r, p and
// q (m d) are working memory, work is for gemm. When the recurrence claims that |R| <= tolerance |B| the residual is
// computed anew, and if it does not agree the iteration goes on from it. out: |B - ..X| of the X handed out, the iterations
// (2 float64). Returns one of the statuses. Scalars are float64.
import { axpby } from "../level1/axpby";
import { dot } from "../level1/dot";
import { fill } from "../level1/fill";
import { norm_of } from "../level1/nrm2";
import { gemv } from "../level2/gemv";
import { ger } from "../level2/ger";
import { symv } from "../level2/symv";
import { gemm } from "../level3/gemm";
import { TRANSPOSE_B } from "../level3/product";
import { axpby_dot } from "./axpby_dot";
import { cg_update } from "./cg_update";
import { axpby_max_abs } from "./directions";

const CONVERGED: i32 = 0;
const MAX_ITERATIONS: i32 = 1;
const BREAKDOWN: i32 = 2;
const NO_CURVATURE: i32 = 3; // p'Ap is not positive
const NON_FINITE: i32 = 4;
const RUNNING: i32 = 5;

/** A restart from the true residual must at least halve it. */
const STALL: f64 = 0.5;

// deno-fmt-ignore
// @ts-ignore: decorator
@kernel
export function kronecker_cg<T>(
  isStored: i32, flags: i32, m: i32, d: i32, k: i32, factor: T, g: usize, a: usize, lda: i32,
  between: usize, beside: usize, alpha: f64, tolerance: f64, limit: i32,
  b: usize, x: usize, r: usize, p: usize, q: usize, out: usize, work: usize,
): i32 {
  const n = m * d, largest = sizeof<T>() == 4 ? <f64> f32.MAX_VALUE : f64.MAX_VALUE;
  fill<T>(n, <T> 0, x);
  memory.copy(r, b, <usize> n * sizeof<T>());
  let squares = dot<T>(n, r, r), residual = norm_of<T>(squares, n, r);
  const threshold = tolerance * residual;
  let verified = residual, isExact = true, reach: f64 = 0, rho: f64 = 0, iterations = 0;
  let status = RUNNING;
  while (true) {
    if (!isExact && residual <= threshold) {
      apply<T>(isStored, flags, m, d, k, factor, g, a, lda, between, beside, alpha, x, q, work);
      memory.copy(r, q, <usize> n * sizeof<T>());
      squares = axpby_dot<T>(n, <T> 1, b, <T> -1, r);
      residual = norm_of<T>(squares, n, r);
      isExact = true;
      if (!(residual <= threshold)) {
        if (residual > STALL * verified) status = BREAKDOWN;
        verified = residual;
      }
    }
    if (isExact && residual <= threshold) status = CONVERGED;
    if (status != RUNNING) break;
    status = !(residual < Infinity) ? NON_FINITE : iterations >= limit ? MAX_ITERATIONS : RUNNING;
    if (status != RUNNING) break;

    const before = rho;
    rho = squares;
    if (!(rho < Infinity)) status = NON_FINITE;
    else if (!(rho > 0)) status = BREAKDOWN;
    if (status != RUNNING) break;
    const extent = axpby_max_abs<T>(n, <T> 1, r, isExact ? <T> 0 : <T> (rho / before), p);

    apply<T>(isStored, flags, m, d, k, factor, g, a, lda, between, beside, alpha, p, q, work);
    const curvature = dot<T>(n, p, q);
    if (!(abs<f64>(curvature) < Infinity)) status = NON_FINITE;
    else if (!(curvature > 0)) status = NO_CURVATURE;
    if (status != RUNNING) break;
    const length = rho / curvature;
    reach += length * extent;
    if (!(length <= largest && reach <= largest)) {
      status = NON_FINITE;
      break;
    }
    squares = cg_update<T>(n, <T> length, p, x, q, r);
    residual = norm_of<T>(squares, n, r);
    isExact = false;
    iterations++;
  }
  if (!isExact) {
    apply<T>(isStored, flags, m, d, k, factor, g, a, lda, between, beside, alpha, x, q, work);
    residual = norm_of<T>(axpby_dot<T>(n, <T> 1, b, <T> -1, q), n, q);
    if (!(residual < Infinity)) status = NON_FINITE;
    else if ((status == MAX_ITERATIONS || status == BREAKDOWN) && residual <= threshold) status = CONVERGED;
  }
  store<f64>(out, residual);
  store<f64>(out + 8, <f64> iterations);
  return status;
}

/** out := (1 - alpha) C v + alpha v. */
// deno-fmt-ignore
function apply<T>(
  isStored: i32, flags: i32, m: i32, d: i32, k: i32, factor: T, g: usize, a: usize, lda: i32,
  between: usize, beside: usize, alpha: f64, v: usize, out: usize, work: usize,
): void {
  if (isStored) {
    gemm<T>(TRANSPOSE_B, m, d, d, <T> 1, v, d, a, lda, <T> 0, between, d, work);
    gemm<T>(0, m, d, m, <T> 1, g, m, between, d, <T> 0, out, d, work);
  } else if (k == 1 && flags == 0) {
    gemv<T>(0, m, d, factor, v, d, a, <T> 0, between);
    symv<T>(m, <T> 1, g, m, between, <T> 0, beside);
    fill<T>(m * d, <T> 0, out);
    ger<T>(m, d, <T> 1, beside, a, out, d);
  } else {
    gemm<T>(flags | TRANSPOSE_B, m, k, d, <T> 1, v, d, a, lda, <T> 0, between, k, work);
    gemm<T>(0, m, k, m, <T> 1, g, m, between, k, <T> 0, beside, k, work);
    gemm<T>(flags, m, d, k, factor, beside, k, a, lda, <T> 0, out, d, work);
  }
  axpby<T>(m * d, <T> alpha, v, <T> (1 - alpha), out);
}
