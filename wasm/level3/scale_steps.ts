// Weights of the steps of k in a packed block of B: what `pack` would make of rows that had been multiplied beforehand.
//
// One multiplication per element, rounded once, as that of a copy would be; a one that memory does not hold becomes the
// weight itself.

/** Multiplies step p of every panel, `columns` wide together, by weights[p], p < depth. */
export function scale_steps<T>(weights: usize, columns: i32, panel: i32, depth: i32, packed: usize): void {
  const end = weights + <usize> depth * sizeof<T>();
  for (let j = 0; j < columns; j += panel) {
    for (let at = weights; at < end; at += sizeof<T>(), packed += 32) {
      const weight = v128.load_splat<T>(at);
      v128.store(packed, v128.mul<T>(weight, v128.load(packed)));
      v128.store(packed, v128.mul<T>(weight, v128.load(packed, 16)), 16);
    }
  }
}
