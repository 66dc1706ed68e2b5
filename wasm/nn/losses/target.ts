// The targets of the softmax losses: a dense row of weights, or one class index stored as T that stands for a one-hot row.

/** Weight of class j. */
// @ts-ignore: decorator
@inline
export function target<T>(indexed: bool, row: usize, j: i32): f64 {
  if (indexed) return <f64> (<i32> load<T>(row) == j);
  return <f64> load<T>(row + <usize> j * sizeof<T>());
}

/** Bytes from one row of targets to the next. */
// @ts-ignore: decorator
@inline
export function target_stride<T>(indexed: bool, classes: i32): usize {
  return (indexed ? 1 : <usize> classes) * sizeof<T>();
}
