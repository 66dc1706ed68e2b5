// How many rows of z (rows, classes) have their largest element, the first one of equals, where y says: y (rows) of class
// indices, or (rows, classes) of which the largest counts too.

// @ts-ignore: decorator
@kernel
export function count_hits<T>(rows: i32, classes: i32, z: usize, y: usize, is_indices: i32): i32 {
  const pitch = <usize> classes * sizeof<T>();
  let hits = 0;
  for (; rows > 0; rows--, z += pitch) {
    const wanted = is_indices ? <f64> load<T>(y) : <f64> largest<T>(classes, y);
    if (<f64> largest<T>(classes, z) == wanted) hits++;
    y += is_indices ? sizeof<T>() : pitch;
  }
  return hits;
}

// @ts-ignore: decorator
@inline
function largest<T>(n: i32, x: usize): i32 {
  let best = 0;
  for (let i = 1; i < n; i++) {
    if (load<T>(x + <usize> i * sizeof<T>()) > load<T>(x + <usize> best * sizeof<T>())) best = i;
  }
  return best;
}
