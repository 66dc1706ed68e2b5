// Transposes a square of lanes: the rows of 4 x 4 float32 or 2 x 2 float64.

/** Reads rows `lda` bytes apart from a, writes the columns `ldb` bytes apart to b. */
// @ts-ignore: decorator
@inline
export function transpose_lanes<T>(a: usize, lda: usize, b: usize, ldb: usize): void {
  const r0 = v128.load(a), r1 = v128.load(a + lda);
  if (sizeof<T>() == 8) {
    v128.store(b, v128.shuffle<f64>(r0, r1, 0, 2));
    v128.store(b + ldb, v128.shuffle<f64>(r0, r1, 1, 3));
  } else {
    const r2 = v128.load(a + 2 * lda), r3 = v128.load(a + 3 * lda);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(b, v128.shuffle<f64>(low01, low23, 0, 2));
    v128.store(b + ldb, v128.shuffle<f64>(low01, low23, 1, 3));
    v128.store(b + 2 * ldb, v128.shuffle<f64>(high01, high23, 0, 2));
    v128.store(b + 3 * ldb, v128.shuffle<f64>(high01, high23, 1, 3));
  }
}
