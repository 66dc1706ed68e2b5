// Forward substitution on a strip X of 64-byte rows: x_j := (x_j - sum_{k<j} L_jk x_k) / L_jj for
// j = 0..n-1, k ascending. Rows of L lie `pitch` bytes apart. Every lane is one right-hand side.
// The quotient is a product with 1 / L_jj.
//
// From row `own` on L is the strip itself, transposed: L_jk = lane j - own of x_k, which makes the
// Cholesky factor of a diagonal block; pass own = n to have none. Returns 0 or the one-based index
// of the first pivot that is not positive.

/** Bytes of one row of a strip. */
export const STRIP: usize = 64;

/** Right-hand sides in one strip. */
// @ts-ignore: decorator
@inline
export function strip_width<T>(): i32 {
  return <i32> (STRIP / sizeof<T>());
}

export function substitute<T>(
  n: i32,
  own: i32,
  l: usize,
  pitch: usize,
  x: usize,
): i32 {
  for (let j = 0; j < n; j++, l += pitch) {
    const isOwn = j >= own;
    const step = isOwn ? STRIP : sizeof<T>();
    const row = x + <usize> j * STRIP;
    let q = isOwn ? x + <usize> (j - own) * sizeof<T>() : l;
    let x0 = v128.load(row),
      x1 = v128.load(row, 16),
      x2 = v128.load(row, 32),
      x3 = v128.load(row, 48);
    for (let p = x; p < row; p += STRIP, q += step) {
      const factor = v128.load_splat<T>(q);
      x0 = v128.sub<T>(x0, v128.mul<T>(factor, v128.load(p)));
      x1 = v128.sub<T>(x1, v128.mul<T>(factor, v128.load(p, 16)));
      x2 = v128.sub<T>(x2, v128.mul<T>(factor, v128.load(p, 32)));
      x3 = v128.sub<T>(x3, v128.mul<T>(factor, v128.load(p, 48)));
    }
    let diagonal = load<T>(q);
    if (isOwn) {
      v128.store(row, x0);
      v128.store(row, x1, 16);
      v128.store(row, x2, 32);
      v128.store(row, x3, 48);
      diagonal = load<T>(q);
      if (!(diagonal > <T> 0)) return j + 1;
      diagonal = sqrt<T>(diagonal);
    }
    const inverse = v128.splat<T>(<T> (<T> 1 / diagonal));
    v128.store(row, v128.mul<T>(x0, inverse));
    v128.store(row, v128.mul<T>(x1, inverse), 16);
    v128.store(row, v128.mul<T>(x2, inverse), 32);
    v128.store(row, v128.mul<T>(x3, inverse), 48);
    if (isOwn) store<T>(q, diagonal);
  }
  return 0;
}
