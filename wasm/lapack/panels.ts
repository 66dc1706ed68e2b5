// Eigenvectors as rows, cut into panels of 64 bytes of columns: panel q holds columns [q 64/size,
// ...) of all n rows, one after another. A sweep of rotations then streams through contiguous
// memory that stays in the first-level cache.

/** Bytes of one row of one panel. */
export const PANEL: usize = 64;

/** Panels needed for n columns of T. */
// @ts-ignore: decorator
@inline
export function panels<T>(n: i32): usize {
  return (<usize> n * sizeof<T>() + (PANEL - 1)) / PANEL;
}

/** Address of column byte `j` of row `i`. */
// @ts-ignore: decorator
@inline
export function in_panel(z: usize, n: i32, i: usize, j: usize): usize {
  return z + ((j / PANEL) * <usize> n + i) * PANEL + (j & (PANEL - 1));
}
