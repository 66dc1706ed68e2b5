// The lower triangles of outer products: out(r, (a, c)) := x(r, a) x(r, c), c <= a < s, for the rows of x.
//
// Entries of a row lie `step` elements apart, rows ldx; with hasOnes the last entry is one and not in memory. out (rows,
// s (s + 1) / 2) has row stride ldo. One multiplication per element.

// deno-fmt-ignore
// @ts-ignore: decorator
@kernel
export function half_products<T>(
  rows: i32, s: i32, x: usize, ldx: i32, step: i32, hasOnes: i32, out: usize, ldo: i32,
): void {
  const size = <usize> sizeof<T>(), apart = <usize> step * size, held = s - hasOnes;
  for (let r = 0; r < rows; r++) {
    const row = x + <usize> r * <usize> ldx * size;
    let to = out + <usize> r * <usize> ldo * size, at = row;
    for (let a = 0; a < s; a++, at += apart) {
      const factor: T = a < held ? load<T>(at) : <T> 1;
      let along = row;
      for (let c = 0; c <= a; c++, along += apart, to += size) {
        store<T>(to, c < held ? <T> (factor * load<T>(along)) : factor);
      }
    }
  }
}
