// Systems with many small symmetric matrices side by side, a segment in each lane:
//
//   x(., e) := (scale h(., ., e) + epsilon I)^-1 x(., e)          e < count, a multiple of the lanes
//
// h (s (s + 1) / 2, count) has the lower triangles row by row; entries of x lie `stride` elements apart. By Cholesky
// factors, columns ascending; order of the sums: k ascending. A pivot that is not above s u times the diagonal element
// that it came of, u the unit roundoff, says nothing: the segment's number goes to `failed`, and its x stays as it is.
// Returns how many there are. Work: s (s + 1) / 2 + s vectors. s^3 / 3 + 2 s^2 flops for a segment.
import { lanes } from "../inline/lanes";

/** Bytes of `work`. */
// @ts-ignore: decorator
@kernel
export function segment_solve_work_bytes(s: i32): i32 {
  return 16 * (s * (s + 1) / 2 + s);
}

/** l - sum over k < n of row(i, k) row(j, k), of four rows i at once; writes them times `inverse`. */
function four_below<T>(n: usize, pivot: usize, r0: usize, r1: usize, r2: usize, r3: usize, inverse: v128): void {
  let t0 = v128.load(r0 + n), t1 = v128.load(r1 + n), t2 = v128.load(r2 + n), t3 = v128.load(r3 + n);
  for (let k: usize = 0; k < n; k += 16) {
    const p = v128.load(pivot + k);
    t0 = v128.sub<T>(t0, v128.mul<T>(v128.load(r0 + k), p));
    t1 = v128.sub<T>(t1, v128.mul<T>(v128.load(r1 + k), p));
    t2 = v128.sub<T>(t2, v128.mul<T>(v128.load(r2 + k), p));
    t3 = v128.sub<T>(t3, v128.mul<T>(v128.load(r3 + k), p));
  }
  v128.store(r0 + n, v128.mul<T>(t0, inverse));
  v128.store(r1 + n, v128.mul<T>(t1, inverse));
  v128.store(r2 + n, v128.mul<T>(t2, inverse));
  v128.store(r3 + n, v128.mul<T>(t3, inverse));
}

/** Address of row i of a packed triangle of vectors. */
function row_of(l: usize, i: i32): usize {
  return l + (<usize> (i * (i + 1) / 2) << 4);
}

/** Factors the triangle at l, its diagonal becoming that of 1 / L; returns the lanes whose pivots all say something. */
function factor_lanes<T>(s: i32, l: usize): v128 {
  const unit = sizeof<T>() == 4 ? <T> 5.9604644775390625e-8 : <T> 1.1102230246251565e-16;
  const least = v128.splat<T>(<T> (<T> s * unit));
  const one = v128.splat<T>(1);
  let sound = v128.eq<T>(one, one);
  for (let j = 0; j < s; j++) {
    const pivot = row_of(l, j), n = <usize> j << 4;
    const diagonal = v128.load(pivot + n);
    let d = diagonal;
    for (let k: usize = 0; k < n; k += 16) {
      const p = v128.load(pivot + k);
      d = v128.sub<T>(d, v128.mul<T>(p, p));
    }
    sound = v128.and(sound, v128.gt<T>(d, v128.mul<T>(least, diagonal)));
    const inverse = v128.div<T>(one, v128.sqrt<T>(d));
    v128.store(pivot + n, inverse);
    for (let i = j + 1; i < s; i += 4) {
      const last = s - 1;
      four_below<T>(
        n, pivot, row_of(l, i), row_of(l, min(i + 1, last)), row_of(l, min(i + 2, last)), row_of(l, min(i + 3, last)),
        inverse,
      );
    }
  }
  return sound;
}

/** y := (L L')^-1 y. */
function substitute_lanes<T>(s: i32, l: usize, y: usize): void {
  for (let k = 0; k < s; k++) {
    const at = <usize> k << 4;
    const yk = v128.mul<T>(v128.load(y + at), v128.load(row_of(l, k) + at));
    v128.store(y + at, yk);
    for (let i = k + 1; i < s; i++) {
      const to = y + (<usize> i << 4);
      v128.store(to, v128.sub<T>(v128.load(to), v128.mul<T>(v128.load(row_of(l, i) + at), yk)));
    }
  }
  for (let k = s - 1; k >= 0; k--) {
    const row = row_of(l, k), n = <usize> k << 4;
    const yk = v128.mul<T>(v128.load(y + n), v128.load(row + n));
    v128.store(y + n, yk);
    for (let i: usize = 0; i < n; i += 16) {
      v128.store(y + i, v128.sub<T>(v128.load(y + i), v128.mul<T>(v128.load(row + i), yk)));
    }
  }
}

// deno-fmt-ignore
// @ts-ignore: decorator
@kernel
export function segment_solve<T>(
  s: i32, count: i32, scale: T, epsilon: T, h: usize, x: usize, stride: i32, failed: usize, work: usize,
): i32 {
  const size = <usize> sizeof<T>(), row = <usize> count * size, entry = <usize> stride * size;
  const scales = v128.splat<T>(scale), epsilons = v128.splat<T>(epsilon);
  const y = work + (<usize> (s * (s + 1) / 2) << 4);
  let failures = 0;
  for (let e = 0; e < count; e += lanes<T>()) {
    let from = h + <usize> e * size, to = work;
    const at = x + <usize> e * size;
    for (let a = 0; a < s; a++) {
      for (let c = 0; c <= a; c++, from += row, to += 16) v128.store(to, v128.mul<T>(scales, v128.load(from)));
      v128.store(to - 16, v128.add<T>(v128.load(to - 16), epsilons));
      v128.store(y + (<usize> a << 4), v128.load(at + <usize> a * entry));
    }
    const sound = factor_lanes<T>(s, work);
    substitute_lanes<T>(s, work, y);
    for (let a = 0; a < s; a++) {
      const to = at + <usize> a * entry;
      v128.store(to, v128.bitselect(v128.load(y + (<usize> a << 4)), v128.load(to), sound));
    }
    const all = (1 << lanes<T>()) - 1;
    const bits = sizeof<T>() == 4 ? v128.bitmask<i32>(sound) : v128.bitmask<i64>(sound);
    if (bits != all) {
      for (let lane = 0; lane < lanes<T>(); lane++) {
        if (bits >> lane & 1) continue;
        store<i32>(failed + (<usize> failures << 2), e + lane);
        failures++;
      }
    }
  }
  return failures;
}
