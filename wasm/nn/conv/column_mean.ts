// out_j := the mean over all `rows` patches of their element j < columns; columns counts no one. rows = 0 gives NaN.
// The bits of column_mean on the patches themselves: one float64 sum over the rows in order, divided, rounded once.
// work: patches_column_mean_work_bytes(columns), 64-aligned: the sums, and the patches that are being added.
import { load_wide } from "../../inline/wide";
import { gather_patches } from "./gather_patches";

/** Patches that are gathered at once. */
// @ts-ignore: decorator
@inline
const ROWS: i32 = 8;

// @ts-ignore: decorator
@kernel
export function patches_column_mean_work_bytes(columns: i32): i32 {
  return (columns * 8 * (ROWS + 1) + 63) & ~63;
}

// @ts-ignore: decorator
@kernel
export function patches_column_mean<T>(
  rows: i32,
  columns: i32,
  images: usize,
  geometry: usize,
  out: usize,
  work: usize,
): void {
  const size = <i32> sizeof<T>(), bytes = columns * size;
  const patches = work + <usize> columns * 8;
  memory.fill(work, 0, <usize> columns * 8);
  for (let row = 0; row < rows; row += ROWS) {
    const count = min<i32>(ROWS, rows - row);
    gather_patches(size, geometry, images, row, count, 0, bytes, patches, bytes);
    let at = patches;
    for (let i = 0; i < count; i++) at = add_row<T>(columns, at, work);
  }
  for (let j = 0; j < columns; j++, work += 8, out += sizeof<T>()) {
    store<T>(out, <T> (load<f64>(work) / <f64> rows));
  }
}

/** Adds one row to the sums, and returns where the next begins. */
function add_row<T>(columns: i32, row: usize, sums: usize): usize {
  for (; columns >= 2; columns -= 2, row += 2 * sizeof<T>(), sums += 16) {
    v128.store(sums, f64x2.add(v128.load(sums), load_wide<T>(row)));
  }
  if (columns > 0) {
    store<f64>(sums, load<f64>(sums) + <f64> load<T>(row));
    row += sizeof<T>();
  }
  return row;
}
