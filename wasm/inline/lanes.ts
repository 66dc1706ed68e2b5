// Lane idioms shared by all kernels: one source serves f32 (4 lanes) and f64 (2 lanes).

/** Elements of T in one 128-bit vector. */
// @ts-ignore: decorator
@inline
export function lanes<T>(): i32 {
  return 16 / <i32> sizeof<T>();
}
