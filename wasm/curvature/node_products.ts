// Scalar products of the output derivatives of up to four nodes with those of others, sample by sample:
//
//   out(r, l, p) := sum over c of a(c, r, p) b(c, l, p)          r < rows <= 4, l < nodes, p < n
//
// a (outputs, rows, n) and b (outputs, nodes, n) have samples contiguous; outputs lie `pitch`, nodes `ldb` elements apart in
// both; out (rows, nodes, n) has nodes ldo and rows `plane` elements apart. Four rows at a time, since b is large: what
// is loaded of it serves all. Order of the sums: c ascending. 2 n rows nodes outputs flops.
import { lanes } from "../inline/lanes";

// @ts-ignore: decorator
@kernel
export function node_products<T>(
  n: i32,
  rows: i32,
  nodes: i32,
  outputs: i32,
  a: usize,
  b: usize,
  ldb: i32,
  pitch: i32,
  out: usize,
  ldo: i32,
  plane: i32,
): void {
  const size = <usize> sizeof<T>(), across = <usize> pitch * size;
  const next = <usize> ldb * size, nextOut = <usize> plane * size;
  const block = 2 * lanes<T>();
  // Rows that are not there are the last one that is.
  const r1 = <usize> (rows > 1 ? 1 : 0), r2 = rows > 2 ? 2 : r1, r3 = rows > 3 ? 3 : r2;
  for (let l = 0; l < nodes; l++, b += next, out += <usize> ldo * size) {
    let p = 0;
    for (; p + block <= n; p += block) {
      const at = <usize> p * size;
      let y = b + at, x0 = a + at, x1 = x0 + r1 * next, x2 = x0 + r2 * next, x3 = x0 + r3 * next;
      let s0 = v128.splat<T>(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
      for (let c = 0; c < outputs; c++) {
        const v = v128.load(y), w = v128.load(y, 16);
        s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x0), v));
        t0 = v128.add<T>(t0, v128.mul<T>(v128.load(x0, 16), w));
        s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x1), v));
        t1 = v128.add<T>(t1, v128.mul<T>(v128.load(x1, 16), w));
        s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x2), v));
        t2 = v128.add<T>(t2, v128.mul<T>(v128.load(x2, 16), w));
        s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x3), v));
        t3 = v128.add<T>(t3, v128.mul<T>(v128.load(x3, 16), w));
        y += across, x0 += across, x1 += across, x2 += across, x3 += across;
      }
      const to = out + at;
      v128.store(to, s0), v128.store(to, t0, 16);
      v128.store(to + r1 * nextOut, s1), v128.store(to + r1 * nextOut, t1, 16);
      v128.store(to + r2 * nextOut, s2), v128.store(to + r2 * nextOut, t2, 16);
      v128.store(to + r3 * nextOut, s3), v128.store(to + r3 * nextOut, t3, 16);
    }
    for (; p < n; p++) {
      for (let r = 0; r < rows; r++) {
        const at = <usize> p * size;
        let y = b + at, x = a + at + <usize> r * next;
        let sum: T = 0;
        for (let c = 0; c < outputs; c++, y += across, x += across) sum += load<T>(x) * load<T>(y);
        store<T>(out + at + <usize> r * nextOut, sum);
      }
    }
  }
}
