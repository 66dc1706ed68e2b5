// Runs of elements of any dtype: a multiple of four bytes, a quarter of a vector at the end.

// @ts-ignore: decorator
@inline
export function copy_run(bytes: i32, source: usize, out: usize): void {
  for (; bytes >= 16; bytes -= 16, source += 16, out += 16) v128.store(out, v128.load(source));
  if (bytes & 8) {
    store<i64>(out, load<i64>(source));
    source += 8;
    out += 8;
  }
  if (bytes & 4) store<i32>(out, load<i32>(source));
}

// @ts-ignore: decorator
@inline
export function clear_run(bytes: i32, out: usize): void {
  const zero = i32x4.splat(0);
  for (; bytes >= 16; bytes -= 16, out += 16) v128.store(out, zero);
  if (bytes & 8) {
    store<i64>(out, 0);
    out += 8;
  }
  if (bytes & 4) store<i32>(out, 0);
}
