// Groups to mean square 1: xhat := (x - mean) r, r := 1 / sqrt(mean (x - mean)^2 + epsilon), with `centers`; without it
// the mean counts as 0. x, xhat (samples, positions, channels) contiguous, xhat may alias x. A group are `channels / groups`
// channels that lie side by side, at all positions of a sample; inverse (samples, groups) := r. Rows are groups of one position.
// Sums are float64 over the elements in order; the variance is that of the differences, so a large mean costs nothing.
// 5 flops an element.

// @ts-ignore: decorator
@kernel
export function normalize<T>(
  samples: i32, positions: i32, channels: i32, groups: i32, centers: i32, epsilon: f64,
  x: usize, xhat: usize, inverse: usize,
): void {
  const line = <usize> channels * sizeof<T>(), extent = <usize> positions * line;
  const width = line / <usize> groups;
  const count = <f64> positions * <f64> (channels / groups);
  for (; samples > 0; samples--, x += extent, xhat += extent) {
    for (let group: usize = 0; group < line; group += width, inverse += sizeof<T>()) {
      let mean: f64 = 0;
      if (centers) {
        let sum: f64 = 0;
        for (let at = group; at < extent; at += line) {
          for (let j = at; j < at + width; j += sizeof<T>()) sum += <f64> load<T>(x + j);
        }
        mean = sum / count;
      }
      let squares: f64 = 0;
      for (let at = group; at < extent; at += line) {
        for (let j = at; j < at + width; j += sizeof<T>()) {
          const difference = <f64> load<T>(x + j) - mean;
          squares += difference * difference;
        }
      }
      const r = 1 / sqrt(squares / count + epsilon);
      for (let at = group; at < extent; at += line) {
        for (let j = at; j < at + width; j += sizeof<T>()) {
          store<T>(xhat + j, <T> ((<f64> load<T>(x + j) - mean) * r));
        }
      }
      store<T>(inverse, <T> r);
    }
  }
}
