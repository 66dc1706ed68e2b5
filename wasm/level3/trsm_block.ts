// X(n, columns) := L^-1 X for one small lower triangle, both packed by trsm: the part of a triangular solve that is
// no matrix product. Four vectors of X at a time stay in registers while a row of L passes by.
//
// Each element is ((x - l_0 x_0) - l_1 x_1) - ... in the order of the rows, then divided by the diagonal.

/** Order of the largest triangle: a multiple of both sides of gemm's register tile. */
// @ts-ignore: decorator
@inline
export const TRIANGLE: i32 = 40;

/** Bytes of a row of the packed X. */
// @ts-ignore: decorator
@inline
export const X_PITCH: usize = 256;

export function trsm_block<T>(n: i32, columns: i32, isUnit: bool, l: usize, x: usize): void {
  const end = x + <usize> columns * sizeof<T>();
  for (; x < end; x += 64) {
    let row = l, to = x;
    for (let i = 0; i < n; i++, row += TRIANGLE * sizeof<T>(), to += X_PITCH) {
      let x0 = v128.load(to), x1 = v128.load(to, 16), x2 = v128.load(to, 32), x3 = v128.load(to, 48);
      let at = row;
      for (let from = x; from < to; from += X_PITCH, at += sizeof<T>()) {
        const factor = v128.load_splat<T>(at);
        x0 = v128.sub<T>(x0, v128.mul<T>(factor, v128.load(from)));
        x1 = v128.sub<T>(x1, v128.mul<T>(factor, v128.load(from, 16)));
        x2 = v128.sub<T>(x2, v128.mul<T>(factor, v128.load(from, 32)));
        x3 = v128.sub<T>(x3, v128.mul<T>(factor, v128.load(from, 48)));
      }
      if (!isUnit) {
        const pivot = v128.load_splat<T>(at);
        x0 = v128.div<T>(x0, pivot);
        x1 = v128.div<T>(x1, pivot);
        x2 = v128.div<T>(x2, pivot);
        x3 = v128.div<T>(x3, pivot);
      }
      v128.store(to, x0);
      v128.store(to, x1, 16);
      v128.store(to, x2, 32);
      v128.store(to, x3, 48);
    }
  }
}
