// Eigenvalues of the symmetric tridiagonal (d, e), f64, by implicit QL with Wilkinson's shift; the
// rotations go to the rows of Z. On return d holds the eigenvalues in no order. The matrix must be
// scaled to about 1. Returns how many e could not be dropped in 30 n sweeps: 0 is success, and it
// cannot hang. Angles are recorded, up to SWEEPS or ANGLES n of them, then applied together.
// Source: EISPACK tql2 and LAPACK steqr; deviates: (1) QL only, (2) rotations of a vector shorter
// than 2^-400 end the sweep: none is inexact.
import { rotate_panels } from "./rotate_panels";

/** Sweeps, and rotations per row, that are recorded before they are applied. */
export const SWEEPS: i32 = 64;
export const ANGLES: i32 = 8;

const NEGLIGIBLE: f64 = 3.8725919148493183e-121; // 2^-400

// @ts-ignore: decorator
@inline
function is_negligible<T>(d: usize, e: usize, i: i32): bool {
  // 2^-24, 2^-53
  const unit: f64 = sizeof<T>() == 4 ? 5.9604644775390625e-8 : 1.1102230246251565e-16;
  const at = <usize> i << 3;
  return abs(load<f64>(e + at)) <=
    unit * (abs(load<f64>(d + at)) + abs(load<f64>(d + at, 8)) + unit);
}

export function tridiagonal_ql<T>(
  n: i32,
  d: usize,
  e: usize,
  z: usize,
  sweeps: usize,
  angles: usize,
): i32 {
  let budget = 30 * n, recorded = 0, angle = angles;
  const full = angles + <usize> ((ANGLES - 1) * n * 2) * sizeof<T>();
  for (let l = 0; l < n - 1;) {
    let m = l;
    while (m < n - 1 && !is_negligible<T>(d, e, m)) m++;
    // Dropped for good: later sweeps change the diagonal that it was measured by.
    if (m < n - 1) store<f64>(e + (<usize> m << 3), 0);
    if (m == l) {
      l++;
      continue;
    }
    if (budget-- == 0) break;
    if (recorded == SWEEPS || angle > full) {
      rotate_panels<T>(n, z, recorded, sweeps, angles);
      recorded = 0;
      angle = angles;
    }
    const dl = d + (<usize> l << 3), el = e + (<usize> l << 3);
    const half = (load<f64>(dl, 8) - load<f64>(dl)) / (2.0 * load<f64>(el));
    let g = load<f64>(d + (<usize> m << 3)) - load<f64>(dl) +
      load<f64>(el) / (half + copysign(sqrt(half * half + 1.0), half));
    let s: f64 = 1, c: f64 = 1, p: f64 = 0;
    let i = m - 1;
    for (; i >= l; i--) {
      const di = d + (<usize> i << 3), ei = e + (<usize> i << 3);
      const f = s * load<f64>(ei), b = c * load<f64>(ei);
      const length = sqrt(f * f + g * g);
      if (length < NEGLIGIBLE) break;
      store<f64>(ei, length, 8);
      s = f / length;
      c = g / length;
      g = load<f64>(di, 8) - p;
      const r = (load<f64>(di) - g) * s + 2.0 * c * b;
      p = s * r;
      store<f64>(di, g + p, 8);
      g = c * r - b;
      store<T>(angle, <T> c);
      store<T>(angle + sizeof<T>(), <T> s);
      angle += 2 * sizeof<T>();
    }
    // Where the sweep ended early the block has split above row i: the shift leaves that row, and
    // the next sweep starts afresh.
    const stop = i >= l ? i + 1 : l;
    store<f64>(d + (<usize> stop << 3), load<f64>(d + (<usize> stop << 3)) - p);
    store<f64>(e + (<usize> stop << 3), i >= l ? 0.0 : g);
    store<f64>(e + (<usize> m << 3), 0);
    store<i32>(sweeps + (<usize> recorded << 3), m);
    store<i32>(sweeps + (<usize> recorded << 3), m - stop, 4);
    recorded++;
  }
  rotate_panels<T>(n, z, recorded, sweeps, angles);
  let left = 0;
  for (let i = 0; i < n - 1; i++) left += <i32> (load<f64>(e + (<usize> i << 3)) != 0);
  return left;
}
