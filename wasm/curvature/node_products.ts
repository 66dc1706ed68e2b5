// Scalar products of the output derivatives of one node with those of others, sample by sample:
//
//   out(l, p) := sum over c of a(c, p) b(c, l, p)          l < nodes, p < n
//
// a (outputs, n) and b (outputs, nodes, n) have samples contiguous; outputs lie `pitch`, nodes `ldb` elements apart; out
// (nodes, n) is row-major with stride ldo. Order of the sums: c ascending. 2 n nodes outputs flops.
import { lanes } from "../inline/lanes";
import { load_step, step, store_step } from "../inline/step";

function node_products<T>(
  n: i32,
  nodes: i32,
  outputs: i32,
  a: usize,
  b: usize,
  ldb: i32,
  pitch: i32,
  out: usize,
  ldo: i32,
): void {
  const size = <usize> sizeof<T>(), across = <usize> pitch * size;
  const block = 4 * lanes<T>();
  for (let l = 0; l < nodes; l++, b += <usize> ldb * size, out += <usize> ldo * size) {
    let p = 0;
    for (; p + block <= n; p += block) {
      let x = a + <usize> p * size, y = b + <usize> p * size;
      let s0 = v128.splat<T>(0), s1 = s0, s2 = s0, s3 = s0;
      for (let c = 0; c < outputs; c++, x += across, y += across) {
        s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x), v128.load(y)));
        s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x, 16), v128.load(y, 16)));
        s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x, 32), v128.load(y, 32)));
        s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x, 48), v128.load(y, 48)));
      }
      const to = out + <usize> p * size;
      v128.store(to, s0);
      v128.store(to, s1, 16);
      v128.store(to, s2, 32);
      v128.store(to, s3, 48);
    }
    while (p < n) {
      const count = step<T>(n - p);
      let x = a + <usize> p * size, y = b + <usize> p * size;
      let sum = v128.splat<T>(0);
      for (let c = 0; c < outputs; c++, x += across, y += across) {
        sum = v128.add<T>(sum, v128.mul<T>(load_step<T>(x, count), load_step<T>(y, count)));
      }
      store_step<T>(out + <usize> p * size, sum, count);
      p += count;
    }
  }
}

// deno-fmt-ignore
export function f32_node_products(
  n: i32, nodes: i32, outputs: i32, a: usize, b: usize, ldb: i32, pitch: i32, out: usize, ldo: i32,
): void {
  node_products<f32>(n, nodes, outputs, a, b, ldb, pitch, out, ldo);
}

// deno-fmt-ignore
export function f64_node_products(
  n: i32, nodes: i32, outputs: i32, a: usize, b: usize, ldb: i32, pitch: i32, out: usize, ldo: i32,
): void {
  node_products<f64>(n, nodes, outputs, a, b, ldb, pitch, out, ldo);
}
