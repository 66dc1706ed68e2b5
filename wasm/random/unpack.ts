// Numbers from integers.
//
// signs:       x_i := 1 where bit i mod 32 of word i div 32 is set, else -1; words (u32)
// from_bytes:  y := scale x in float64, rounded to T; x (n) bytes

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
  for (; n > 0; n--, x++, y += sizeof<T>()) store<T>(y, <T> (<f64> load<u8>(x) * scale));
}
