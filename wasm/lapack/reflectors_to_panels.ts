// Z := Q^T = H_1 ... H_{n-1} in panels, from the reflectors that tridiagonalize leaves in A.
// `rows`: four scratch rows of n elements. Row r of Q^T is the unit row e_r times H_{r+1}, ...,
// H_{n-1}: four rows at a time stay in cache while the reflectors pass by. Each dot product has one
// accumulator per lane, then the tail. 4/3 n^3 flops.
import { sum_lanes } from "../inline/sum_lanes";
import { in_panel, PANEL } from "./panels";

// @ts-ignore: decorator
@inline
function reflect4<T>(n: i32, factor: T, v: usize, x0: usize, stride: usize): void {
  const size = <usize> sizeof<T>();
  const x1 = x0 + stride, x2 = x1 + stride, x3 = x2 + stride;
  const total = <usize> n * size, end = total & ~15;
  let s0 = v128.splat<T>(<T> 0), s1 = s0, s2 = s0, s3 = s0;
  let j: usize = 0;
  for (; j < end; j += 16) {
    const vj = v128.load(v + j);
    s0 = v128.add<T>(s0, v128.mul<T>(vj, v128.load(x0 + j)));
    s1 = v128.add<T>(s1, v128.mul<T>(vj, v128.load(x1 + j)));
    s2 = v128.add<T>(s2, v128.mul<T>(vj, v128.load(x2 + j)));
    s3 = v128.add<T>(s3, v128.mul<T>(vj, v128.load(x3 + j)));
  }
  let t0 = sum_lanes<T>(s0), t1 = sum_lanes<T>(s1), t2 = sum_lanes<T>(s2), t3 = sum_lanes<T>(s3);
  for (; j < total; j += size) {
    const vj = load<T>(v + j);
    t0 = <T> (t0 + vj * load<T>(x0 + j));
    t1 = <T> (t1 + vj * load<T>(x1 + j));
    t2 = <T> (t2 + vj * load<T>(x2 + j));
    t3 = <T> (t3 + vj * load<T>(x3 + j));
  }
  t0 = <T> (t0 * factor);
  t1 = <T> (t1 * factor);
  t2 = <T> (t2 * factor);
  t3 = <T> (t3 * factor);
  s0 = v128.splat<T>(t0);
  s1 = v128.splat<T>(t1);
  s2 = v128.splat<T>(t2);
  s3 = v128.splat<T>(t3);
  for (j = 0; j < end; j += 16) {
    const vj = v128.load(v + j);
    v128.store(x0 + j, v128.sub<T>(v128.load(x0 + j), v128.mul<T>(s0, vj)));
    v128.store(x1 + j, v128.sub<T>(v128.load(x1 + j), v128.mul<T>(s1, vj)));
    v128.store(x2 + j, v128.sub<T>(v128.load(x2 + j), v128.mul<T>(s2, vj)));
    v128.store(x3 + j, v128.sub<T>(v128.load(x3 + j), v128.mul<T>(s3, vj)));
  }
  for (; j < total; j += size) {
    const vj = load<T>(v + j);
    store<T>(x0 + j, <T> (load<T>(x0 + j) - t0 * vj));
    store<T>(x1 + j, <T> (load<T>(x1 + j) - t1 * vj));
    store<T>(x2 + j, <T> (load<T>(x2 + j) - t2 * vj));
    store<T>(x3 + j, <T> (load<T>(x3 + j) - t3 * vj));
  }
}

export function reflectors_to_panels<T>(
  n: i32,
  a: usize,
  lda: i32,
  tau: usize,
  rows: usize,
  z: usize,
): void {
  const size = <usize> sizeof<T>(), stride = <usize> n * size;
  for (let first = 0; first < n; first += 4) {
    memory.fill(rows, 0, 4 * stride);
    const live = min(4, n - first);
    for (let r = 0; r < live; r++) {
      store<T>(rows + <usize> r * stride + <usize> (first + r) * size, <T> 1);
    }
    for (let i = first + 1; i < n; i++) {
      const factor = <T> load<f64>(tau + (<usize> i << 3));
      reflect4<T>(i, factor, a + <usize> i * <usize> lda * size, rows, stride);
    }
    for (let r = 0; r < live; r++) {
      for (let j: usize = 0; j < stride; j += PANEL) {
        const bytes = min(PANEL, stride - j), target = in_panel(z, n, <usize> (first + r), j);
        memory.copy(target, rows + <usize> r * stride + j, bytes);
        memory.fill(target + bytes, 0, PANEL - bytes);
      }
    }
  }
}
