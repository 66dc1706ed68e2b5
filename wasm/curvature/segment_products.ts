// Sums of outer products of small vectors, of many segments side by side:
//
//   acc(a, c, e) += alpha * sum over n of x(n, a, e) x(n, c, e)          c <= a < s, e < count
//
// Entry a of all segments is contiguous in x, a multiple of the lanes long; entries lie `stride`, samples `pitch` elements
// apart. acc (s (s + 1) / 2, count) has the lower triangles row by row. Tiles of 3 x 3 entries stay in registers over the
// samples, so acc is read and written once. Order of the sums: n ascending. 2 samples count s (s + 1) / 2 flops.

/** Bytes of segments that a tile goes through before the next one: rows a power of two apart share few places in a cache. */
const BLOCK: usize = 256;

function add_one<T>(p: usize, alpha: v128, sum: v128): void {
  v128.store(p, v128.add<T>(v128.load(p), v128.mul<T>(alpha, sum)));
}

/** Adds alpha times sums to entries `row` bytes apart. */
function add_three<T>(p: usize, row: usize, alpha: v128, s0: v128, s1: v128, s2: v128): void {
  v128.store(p, v128.add<T>(v128.load(p), v128.mul<T>(alpha, s0)));
  p += row;
  v128.store(p, v128.add<T>(v128.load(p), v128.mul<T>(alpha, s1)));
  p += row;
  v128.store(p, v128.add<T>(v128.load(p), v128.mul<T>(alpha, s2)));
}

/** Rows a, a + 1, a + 2 beside columns c, c + 1, c + 2, all of them before a; rows that are not there repeat the last. */
function tile_below<T>(
  x: usize, end: usize, pitch: usize, y: usize, stride: usize, a1: usize, a2: usize, rows: i32,
  alpha: v128, to0: usize, to1: usize, to2: usize, row: usize,
): void {
  let s00 = v128.splat<T>(0), s01 = s00, s02 = s00, s10 = s00, s11 = s00, s12 = s00, s20 = s00, s21 = s00, s22 = s00;
  const c2 = 2 * stride;
  for (; x < end; x += pitch, y += pitch) {
    const y0 = v128.load(y), y1 = v128.load(y + stride), y2 = v128.load(y + c2);
    const x0 = v128.load(x), x1 = v128.load(x + a1), x2 = v128.load(x + a2);
    s00 = v128.add<T>(s00, v128.mul<T>(x0, y0));
    s01 = v128.add<T>(s01, v128.mul<T>(x0, y1));
    s02 = v128.add<T>(s02, v128.mul<T>(x0, y2));
    s10 = v128.add<T>(s10, v128.mul<T>(x1, y0));
    s11 = v128.add<T>(s11, v128.mul<T>(x1, y1));
    s12 = v128.add<T>(s12, v128.mul<T>(x1, y2));
    s20 = v128.add<T>(s20, v128.mul<T>(x2, y0));
    s21 = v128.add<T>(s21, v128.mul<T>(x2, y1));
    s22 = v128.add<T>(s22, v128.mul<T>(x2, y2));
  }
  add_three<T>(to0, row, alpha, s00, s01, s02);
  if (rows > 1) add_three<T>(to1, row, alpha, s10, s11, s12);
  if (rows > 2) add_three<T>(to2, row, alpha, s20, s21, s22);
}

/** Rows a, a + 1, a + 2 beside themselves. */
function tile_diagonal<T>(
  x: usize, end: usize, pitch: usize, a1: usize, a2: usize, rows: i32,
  alpha: v128, to0: usize, to1: usize, to2: usize, row: usize,
): void {
  let s00 = v128.splat<T>(0), s10 = s00, s11 = s00, s20 = s00, s21 = s00, s22 = s00;
  for (; x < end; x += pitch) {
    const x0 = v128.load(x), x1 = v128.load(x + a1), x2 = v128.load(x + a2);
    s00 = v128.add<T>(s00, v128.mul<T>(x0, x0));
    s10 = v128.add<T>(s10, v128.mul<T>(x1, x0));
    s11 = v128.add<T>(s11, v128.mul<T>(x1, x1));
    s20 = v128.add<T>(s20, v128.mul<T>(x2, x0));
    s21 = v128.add<T>(s21, v128.mul<T>(x2, x1));
    s22 = v128.add<T>(s22, v128.mul<T>(x2, x2));
  }
  add_one<T>(to0, alpha, s00);
  if (rows > 1) add_one<T>(to1, alpha, s10), add_one<T>(to1 + row, alpha, s11);
  if (rows > 2) add_three<T>(to2, row, alpha, s20, s21, s22);
}

// deno-fmt-ignore
// @ts-ignore: decorator
@kernel
export function segment_products<T>(
  samples: i32, s: i32, count: i32, alpha: T, x: usize, pitch: i32, stride: i32, acc: usize,
): void {
  const size = <usize> sizeof<T>();
  const apart = <usize> pitch * size, entry = <usize> stride * size, row = <usize> count * size;
  const factor = v128.splat<T>(alpha);
  for (let start: usize = 0; start < row; start += BLOCK) {
    const block = min(BLOCK, row - start);
    for (let a = 0; a < s; a += 3) {
      const rows = min(3, s - a);
      const a1 = rows > 1 ? entry : 0, a2 = rows > 2 ? 2 * entry : a1;
      const from = x + start + <usize> a * entry, end = from + <usize> samples * apart;
      let to0 = acc + start + <usize> (a * (a + 1) / 2) * row;
      let to1 = to0 + <usize> (a + 1) * row, to2 = to1 + <usize> (a + 2) * row;
      let y = x + start;
      for (let c = 0; c < a; c += 3) {
        for (let e: usize = 0; e < block; e += 16) {
          tile_below<T>(from + e, end + e, apart, y + e, entry, a1, a2, rows, factor, to0 + e, to1 + e, to2 + e, row);
        }
        y += 3 * entry, to0 += 3 * row, to1 += 3 * row, to2 += 3 * row;
      }
      for (let e: usize = 0; e < block; e += 16) {
        tile_diagonal<T>(from + e, end + e, apart, a1, a2, rows, factor, to0 + e, to1 + e, to2 + e, row);
      }
    }
  }
}
