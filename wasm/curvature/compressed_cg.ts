// Conjugate gradients for ((1 - alpha) H (x) a a' + alpha I) X = B, B (n, D) = P + u a', P a = 0, |a| = 1, without B.
//
// Every iterate is c P + v a': the solve is one in (c, v) of 1 + n numbers, with the product (alpha c, (1 - alpha) square H v +
// alpha v) and the inner product gamma c c' + v.v', gamma = |P|^2, square the squared length of the a that was normalized.
// From 0, until |R| <= tolerance |B| or after `limit` iterations. H (n, n) symmetric, its lower triangle read, row stride
// ldh; u (n) read; v (n); out: c, then the residual norm (2 float64); work 3n elements, 64-byte parts.
// Returns the iterations, or -1 - iterations where p'Ap is not positive, which no positive semidefinite H causes.
// Scalars are float64; vectors T. An iteration is 2 n^2 + 12 n flops.
import { axpby } from "../level1/axpby";
import { axpy } from "../level1/axpy";
import { dot } from "../level1/dot";
import { symv } from "../level2/symv";

function part<T>(n: i32): usize {
  return (<usize> n * sizeof<T>() + 63) & ~(<usize> 63);
}

// @ts-ignore: decorator
@kernel
export function compressed_cg_work_bytes(n: i32): i32 {
  return <i32> (3 * part<f64>(n));
}

// deno-fmt-ignore
// @ts-ignore: decorator
@kernel
export function compressed_cg<T>(
  n: i32, alpha: f64, square: f64, gamma: f64, tolerance: f64, limit: i32,
  h: usize, ldh: i32, u: usize, v: usize, out: usize, work: usize,
): i32 {
  const bytes = <usize> n * sizeof<T>();
  const r = work, p = r + part<T>(n), q = p + part<T>(n);
  memory.fill(v, 0, bytes);
  memory.copy(r, u, bytes);
  memory.copy(p, u, bytes);
  const weight = <T> ((1 - alpha) * square);
  let c: f64 = 0, rc: f64 = 1, pc: f64 = 1;
  let rr = gamma + dot<T>(n, r, r);
  const threshold = tolerance * tolerance * rr;
  let k = 0, isSound = true;
  while (k < limit && rr > threshold && isSound) {
    memory.copy(q, p, bytes);
    symv<T>(n, weight, h, ldh, p, <T> alpha, q);
    const qc = alpha * pc;
    const curvature = gamma * pc * qc + dot<T>(n, p, q);
    isSound = curvature > 0;
    if (!isSound) break;
    const length = rr / curvature;
    c += length * pc;
    rc -= length * qc;
    axpy<T>(n, <T> length, p, v);
    axpy<T>(n, <T> -length, q, r);
    const before = rr;
    rr = gamma * rc * rc + dot<T>(n, r, r);
    const beta = rr / before;
    pc = rc + beta * pc;
    axpby<T>(n, <T> 1, r, <T> beta, p);
    k++;
  }
  store<f64>(out, c);
  store<f64>(out + 8, sqrt<f64>(rr));
  return isSound ? k : -1 - k;
}
