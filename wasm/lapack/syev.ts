// A = Z^T diag(w) Z for symmetric A (n, n): w (n) ascending, the eigenvectors are the ROWS of A on
// return. Reads the lower triangle only. The largest |component| of each eigenvector, the first of
// equals, is positive. Returns 0, or how many eigenvalues did not converge; n, with A and w
// untouched, when A is not finite. A is scaled by a power of two, so neither overflow nor underflow
// changes a digit. Householder reduction 4/3 n^3, accumulation 4/3 n^3, rotations about 5 n^3
// flops. Float32: scalars, w and angles computed in float64.
import { in_panel, PANEL, panels } from "./panels";
import { reflectors_to_panels } from "./reflectors_to_panels";
import { ANGLES, SWEEPS, tridiagonal_ql } from "./tridiagonal_ql";
import { tridiagonalize } from "./tridiagonalize";

/** Exponent k of 2^k <= |x| < 2^(k+1) for finite x, but at least -1022; 0 for x = 0. */
// @ts-ignore: decorator
@inline
function exponent(x: f64): i32 {
  return x == 0 ? 0 : max(-1022, <i32> (reinterpret<u64>(x) >> 52 & 0x7ff) - 1023);
}

/** 2^k for -1022 <= k <= 1022. */
// @ts-ignore: decorator
@inline
function power_of_two(k: i32): f64 {
  return reinterpret<f64>(<u64> (k + 1023) << 52);
}

/** Multiplies the lower triangle by 2^-k and returns k; 1024 when an entry is not finite. */
function scale_to_one<T>(n: i32, a: usize, lda: i32): i32 {
  let largest: f64 = 0, finite = true;
  for (let i = 0; i < n; i++) {
    const row = a + <usize> (i * lda) * sizeof<T>();
    for (let j: usize = 0; j <= <usize> i * sizeof<T>(); j += sizeof<T>()) {
      const value = abs(<f64> load<T>(row + j));
      finite = finite && value < Infinity;
      largest = max(largest, value);
    }
  }
  if (!finite) return 1024;
  const k = min(exponent(largest), 1022), factor = power_of_two(-k);
  for (let i = 0; i < n; i++) {
    const row = a + <usize> (i * lda) * sizeof<T>();
    for (let j: usize = 0; j <= <usize> i * sizeof<T>(); j += sizeof<T>()) {
      store<T>(row + j, <T> (<f64> load<T>(row + j) * factor));
    }
  }
  return k;
}

/** Fills order (n) so that d[order[0]] <= d[order[1]] <= ...; equal values keep their order. */
function sort_indices(n: i32, d: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const value = load<f64>(d + (<usize> i << 3));
    let j = order + (<usize> i << 2);
    for (; j > order && load<f64>(d + (<usize> load<i32>(j - 4) << 3)) > value; j -= 4) {
      store<i32>(j, load<i32>(j - 4));
    }
    store<i32>(j, i);
  }
}

/** Copies row `source` of the panels to `out`, its first largest component made positive. */
function copy_row<T>(n: i32, z: usize, source: usize, out: usize): void {
  const stride = <usize> n * sizeof<T>();
  let largest: T = 0, pivot: T = 0;
  for (let j: usize = 0; j < stride; j += PANEL) {
    memory.copy(out + j, in_panel(z, n, source, j), min(PANEL, stride - j));
  }
  for (let j: usize = 0; j < stride; j += sizeof<T>()) {
    const value = load<T>(out + j);
    if (abs<T>(value) > largest) {
      largest = abs<T>(value);
      pivot = value;
    }
  }
  if (pivot < <T> 0) {
    for (let j: usize = 0; j < stride; j += sizeof<T>()) store<T>(out + j, <T> -load<T>(out + j));
  }
}

// @ts-ignore: decorator
@inline
function round64(bytes: usize): usize {
  return (bytes + 63) & ~63;
}

// Workspace: panels | four rows | d | e | tau | angles | sweeps | order. The rows serve the
// reduction, then the accumulation.
// @ts-ignore: decorator
@kernel
export function syev_work_bytes<T>(n: i32): usize {
  const column = round64(<usize> n << 3);
  return panels<T>(n) * <usize> n * PANEL + round64(4 * <usize> n * sizeof<T>()) + 3 * column +
    round64(<usize> (2 * ANGLES * n) * sizeof<T>()) + <usize> (SWEEPS * 8) + column;
}

// @ts-ignore: decorator
@kernel
export function syev<T>(n: i32, a: usize, lda: i32, w: usize, work: usize): i32 {
  const k = scale_to_one<T>(n, a, lda);
  if (k == 1024) return n;
  const column = round64(<usize> n << 3);
  const rows = work + panels<T>(n) * <usize> n * PANEL;
  const d = rows + round64(4 * <usize> n * sizeof<T>()), e = d + column, tau = e + column;
  const angles = tau + column, sweeps = angles + round64(<usize> (2 * ANGLES * n) * sizeof<T>());
  const order = sweeps + <usize> (SWEEPS * 8);
  memory.fill(rows, 0, <usize> n * sizeof<T>());
  tridiagonalize<T>(n, a, lda, d, e, tau, rows);
  reflectors_to_panels<T>(n, a, lda, tau, rows, work);
  const left = tridiagonal_ql<T>(n, d, e, work, sweeps, angles);
  sort_indices(n, d, order);
  const factor = power_of_two(k);
  for (let i: usize = 0; i < <usize> n; i++) {
    const source = <usize> load<i32>(order + (i << 2));
    store<T>(w + i * sizeof<T>(), <T> (load<f64>(d + (source << 3)) * factor));
    copy_row<T>(n, work, source, a + i * <usize> lda * sizeof<T>());
  }
  return left;
}
