// A := A - v w^T - w v^T, then y := A x, in one pass over the lower triangle of A (n, n); v, w, x,
// y (n) contiguous, y not aliased. The fusion is what makes the reduction to tridiagonal form read
// its matrix once per column. 4 n^2 flops, n^2 accesses. Two rows at a time; each row's dot product
// has one accumulator per lane, then the tail; y collects rows in ascending order.
import { sum_lanes } from "../inline/sum_lanes";

// @ts-ignore: decorator
@inline
function updated<T>(p: usize, vi: T, wi: T, vj: T, wj: T): T {
  const value = <T> (load<T>(p) - <T> (vi * wj + wi * vj));
  store<T>(p, value);
  return value;
}

export function rank2_symv<T>(
  n: i32,
  a: usize,
  lda: i32,
  v: usize,
  w: usize,
  x: usize,
  y: usize,
): void {
  const size = <usize> sizeof<T>();
  memory.fill(y, 0, <usize> n * size);
  let r: usize = <usize> (n & 1);
  if (r) {
    store<T>(y, <T> (updated<T>(a, load<T>(v), load<T>(w), load<T>(v), load<T>(w)) * load<T>(x)));
  }
  for (; r < <usize> n; r += 2) {
    const row0 = a + r * <usize> lda * size, row1 = row0 + <usize> lda * size;
    const here = r * size, next = here + size;
    const v0 = load<T>(v + here), w0 = load<T>(w + here), x0 = load<T>(x + here);
    const v1 = load<T>(v + next), w1 = load<T>(w + next), x1 = load<T>(x + next);
    const v0s = v128.splat<T>(v0), w0s = v128.splat<T>(w0), x0s = v128.splat<T>(x0);
    const v1s = v128.splat<T>(v1), w1s = v128.splat<T>(w1), x1s = v128.splat<T>(x1);
    let sum0 = v128.splat<T>(<T> 0), sum1 = v128.splat<T>(<T> 0);
    const end = here & ~15;
    let j: usize = 0;
    for (; j < end; j += 16) {
      const vj = v128.load(v + j), wj = v128.load(w + j), xj = v128.load(x + j);
      const a0 = v128.sub<T>(
        v128.load(row0 + j),
        v128.add<T>(v128.mul<T>(v0s, wj), v128.mul<T>(w0s, vj)),
      );
      const a1 = v128.sub<T>(
        v128.load(row1 + j),
        v128.add<T>(v128.mul<T>(v1s, wj), v128.mul<T>(w1s, vj)),
      );
      v128.store(row0 + j, a0);
      v128.store(row1 + j, a1);
      sum0 = v128.add<T>(sum0, v128.mul<T>(a0, xj));
      sum1 = v128.add<T>(sum1, v128.mul<T>(a1, xj));
      v128.store(
        y + j,
        v128.add<T>(v128.load(y + j), v128.add<T>(v128.mul<T>(a0, x0s), v128.mul<T>(a1, x1s))),
      );
    }
    let y0 = sum_lanes<T>(sum0), y1 = sum_lanes<T>(sum1);
    for (; j < here; j += size) {
      const vj = load<T>(v + j), wj = load<T>(w + j), xj = load<T>(x + j);
      const a0 = updated<T>(row0 + j, v0, w0, vj, wj), a1 = updated<T>(row1 + j, v1, w1, vj, wj);
      y0 = <T> (y0 + a0 * xj);
      y1 = <T> (y1 + a1 * xj);
      store<T>(y + j, <T> (load<T>(y + j) + <T> (a0 * x0 + a1 * x1)));
    }
    const diagonal0 = updated<T>(row0 + here, v0, w0, v0, w0);
    const corner = updated<T>(row1 + here, v1, w1, v0, w0);
    const diagonal1 = updated<T>(row1 + next, v1, w1, v1, w1);
    store<T>(y + here, <T> (y0 + <T> (diagonal0 * x0 + corner * x1)));
    store<T>(y + next, <T> (y1 + <T> (corner * x0 + diagonal1 * x1)));
  }
}
