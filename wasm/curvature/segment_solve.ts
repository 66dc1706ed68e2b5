// Systems with many small symmetric matrices side by side, a segment in each lane:
//
//   x(., e) := (scale h(., ., e) + epsilon I)^-1 x(., e)          e < count, a multiple of the lanes
//
// h (s (s + 1) / 2, count) has the lower triangles row by row; entries of x lie `stride` elements apart. By factors
// L D L', columns ascending; order of the sums: k ascending. A pivot that is not above s u times the diagonal element
// that it came of, u the unit roundoff, says nothing: the segment's number goes to `failed`, and its x stays as it is.
// Returns how many there are. Work: s (s + 1) / 2 + s vectors. s^3 / 3 + 2 s^2 flops for a segment.
import { lanes } from "../inline/lanes";

/** Bytes of `work`. */
// @ts-ignore: decorator
@kernel
export function segment_solve_work_bytes(s: i32): i32 {
  return 16 * (s * (s + 1) / 2 + s);
}

/** u(i) - sum over k < n of u(i, k) l(k), of four rows i at once. */
function four_below<T>(n: usize, l: usize, r0: usize, r1: usize, r2: usize, r3: usize): void {
  let t0 = v128.load(r0 + n), t1 = v128.load(r1 + n), t2 = v128.load(r2 + n), t3 = v128.load(r3 + n);
  for (let k: usize = 0; k < n; k += 16) {
    const p = v128.load(l + k);
    t0 = v128.sub<T>(t0, v128.mul<T>(v128.load(r0 + k), p));
    t1 = v128.sub<T>(t1, v128.mul<T>(v128.load(r1 + k), p));
    t2 = v128.sub<T>(t2, v128.mul<T>(v128.load(r2 + k), p));
    t3 = v128.sub<T>(t3, v128.mul<T>(v128.load(r3 + k), p));
  }
  v128.store(r0 + n, t0);
  v128.store(r1 + n, t1);
  v128.store(r2 + n, t2);
  v128.store(r3 + n, t3);
}

/** Bytes from the start of a packed triangle of vectors to its row i. */
// @ts-ignore: decorator
@inline
function row_at(i: i32): usize {
  return <usize> (i * (i + 1) / 2) << 4;
}

/** Makes the triangle at l that of L D L', with 1 / D in the diagonal; returns the lanes whose pivots all say something. */
function factor_lanes<T>(s: i32, l: usize): v128 {
  const unit = sizeof<T>() == 4 ? <T> 5.9604644775390625e-8 : <T> 1.1102230246251565e-16;
  const least = v128.splat<T>(<T> (<T> s * unit)), one = v128.splat<T>(1), last = s - 1;
  let sound = v128.eq<T>(one, one);
  for (let j = 0; j < s; j++) {
    const row = l + row_at(j), n = <usize> j << 4, diagonal = v128.load(row + n);
    let d = diagonal, inverse = l;
    for (let k: usize = 0; k < n; k += 16) {
      const u = v128.load(row + k), scaled = v128.mul<T>(u, v128.load(inverse));
      d = v128.sub<T>(d, v128.mul<T>(u, scaled));
      v128.store(row + k, scaled);
      inverse += k + 32;
    }
    sound = v128.and(sound, v128.gt<T>(d, v128.mul<T>(least, diagonal)));
    v128.store(row + n, v128.div<T>(one, d));
    for (let i = j + 1; i < s; i += 4) {
      const r0 = l + row_at(i), r1 = l + row_at(min(i + 1, last)), r2 = l + row_at(min(i + 2, last));
      four_below<T>(n, row, r0, r1, r2, l + row_at(min(i + 3, last)));
    }
  }
  return sound;
}

/** y := (L D L')^-1 y. */
function substitute_lanes<T>(s: i32, l: usize, y: usize): void {
  let row = l;
  for (let i: usize = 0; i < <usize> s << 4; i += 16) {
    let yi = v128.load(y + i);
    for (let k: usize = 0; k < i; k += 16) yi = v128.sub<T>(yi, v128.mul<T>(v128.load(row + k), v128.load(y + k)));
    v128.store(y + i, yi);
    row += i + 16;
  }
  for (let n: usize = <usize> (s - 1) << 4; ; n -= 16) {
    row -= n + 16;
    let yk = v128.mul<T>(v128.load(y + n), v128.load(row + n));
    for (let i = n + 16, below = row + n + 16; i < <usize> s << 4; i += 16) {
      yk = v128.sub<T>(yk, v128.mul<T>(v128.load(below + n), v128.load(y + i)));
      below += i + 16;
    }
    v128.store(y + n, yk);
    if (n == 0) break;
  }
}

/** Adds the lanes of elements e, e + 1, … that are not sound to a list of so many; returns how many it has then. */
function note_failures<T>(e: i32, sound: v128, failed: usize, failures: i32): i32 {
  const bits = sizeof<T>() == 4 ? v128.bitmask<i32>(sound) : v128.bitmask<i64>(sound);
  for (let lane = 0; lane < lanes<T>(); lane++) {
    if (bits >> lane & 1) continue;
    store<i32>(failed + (<usize> failures << 2), e + lane);
    failures++;
  }
  return failures;
}

/** Segments of one element: a quotient. */
function divide_lanes<T>(count: i32, scales: v128, epsilons: v128, h: usize, x: usize, failed: usize): i32 {
  const zero = v128.splat<T>(0);
  let failures = 0;
  for (let e = 0; e < count; e += lanes<T>(), h += 16, x += 16) {
    const d = v128.add<T>(v128.mul<T>(scales, v128.load(h)), epsilons), right = v128.load(x);
    const sound = v128.gt<T>(d, zero);
    v128.store(x, v128.bitselect(v128.div<T>(right, d), right, sound));
    if (v128.any_true(v128.not(sound))) failures = note_failures<T>(e, sound, failed, failures);
  }
  return failures;
}

// deno-fmt-ignore
// @ts-ignore: decorator
@kernel
export function segment_solve<T>(
  s: i32, count: i32, scale: T, epsilon: T, h: usize, x: usize, stride: i32, failed: usize, work: usize,
): i32 {
  const size = <usize> sizeof<T>(), row = <usize> count * size, entry = <usize> stride * size;
  const scales = v128.splat<T>(scale), epsilons = v128.splat<T>(epsilon);
  if (s == 1) return divide_lanes<T>(count, scales, epsilons, h, x, failed);
  const y = work + row_at(s);
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
    if (v128.any_true(v128.not(sound))) failures = note_failures<T>(e, sound, failed, failures);
  }
  return failures;
}
