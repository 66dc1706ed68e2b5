// Lane idioms of the transcendental kernels: constants from a table, sign and exponent bits.
//
// Constants are read with load_splat from a static table of T: one instruction on every engine, where a
// 128-bit literal costs 18 bytes of code and up to five instructions.

/** Entry j of a table, in every lane. */
// @ts-ignore: decorator
@inline
export function constant<T>(table: usize, j: i32): v128 {
  return v128.load_splat<T>(table + <usize> j * sizeof<T>());
}

/** p x + entry j of a table: one step of Horner's scheme. */
// @ts-ignore: decorator
@inline
export function horner<T>(p: v128, x: v128, table: usize, j: i32): v128 {
  return v128.add<T>(v128.mul<T>(p, x), constant<T>(table, j));
}

/** The stored bits of the significand: 23 or 52. */
// @ts-ignore: decorator
@inline
export function significand_bits<T>(): i32 {
  return sizeof<T>() == 4 ? 23 : 52;
}

/** Adds the lanes as integers of the width of T. */
// @ts-ignore: decorator
@inline
export function add_bits<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? v128.add<i32>(a, b) : v128.add<i64>(a, b);
}

/** Subtracts the lanes as integers of the width of T. */
// @ts-ignore: decorator
@inline
export function subtract_bits<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? v128.sub<i32>(a, b) : v128.sub<i64>(a, b);
}

/** Shifts the lanes left. */
// @ts-ignore: decorator
@inline
export function shift_left<T>(a: v128, by: i32): v128 {
  return sizeof<T>() == 4 ? v128.shl<i32>(a, by) : v128.shl<i64>(a, by);
}

/** Shifts the lanes right as signed integers. */
// @ts-ignore: decorator
@inline
export function shift_right<T>(a: v128, by: i32): v128 {
  return sizeof<T>() == 4 ? v128.shr<i32>(a, by) : v128.shr<i64>(a, by);
}

/** 2^k, for integer lanes k of which the result is a normal number. Bits above those of k are shifted out. */
// @ts-ignore: decorator
@inline
export function power_of_two<T>(k: v128): v128 {
  return add_bits<T>(shift_left<T>(k, significand_bits<T>()), v128.splat<T>(<T> 1));
}

/** min(max(x, low), high); NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function clamp<T>(x: v128, low: T, high: T): v128 {
  return v128.min<T>(v128.max<T>(x, v128.splat<T>(low)), v128.splat<T>(high));
}

/** yes where the mask is set, no elsewhere. */
// @ts-ignore: decorator
@inline
export function select(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask);
}
