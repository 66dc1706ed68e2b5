// Numbers from integers.
//
// signs:       x_i := 1 where bit i mod 32 of word i div 32 is set, else -1; words (u32)
// from_bytes:  y := scale x in float64, rounded to T; x (n) bytes
import { store_wide } from "../inline/wide";

// @ts-ignore: decorator
@kernel
export function signs<T>(n: i32, words: usize, x: usize): void {
  for (let i = 0; i < n; i++, x += sizeof<T>()) {
    const word = load<u32>(words + (<usize> (i >>> 5) << 2));
    store<T>(x, (word >>> (i & 31) & 1) ? <T> 1 : <T> -1);
  }
}

// @ts-ignore: decorator
@kernel
export function from_bytes<T>(n: i32, scale: f64, x: usize, y: usize): void {
  const factor = f64x2.splat(scale), size = sizeof<T>();
  for (; n >= 4; n -= 4, x += 4, y += 4 * size) {
    const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x)));
    const upper = v128.shuffle<i64>(four, four, 1, 1);
    store_wide<T>(y, f64x2.mul(f64x2.convert_low_i32x4_u(four), factor));
    store_wide<T>(y + 2 * size, f64x2.mul(f64x2.convert_low_i32x4_u(upper), factor));
  }
  for (; n > 0; n--, x++, y += size) store<T>(y, <T> (<f64> load<u8>(x) * scale));
}
