// The derivative of the groups that normalize gives, a symmetric operator on each of them:
//
//   P c = r (c - mean(c) - xhat mean(xhat c)), without mean(c) where normalize does not centre
//
// and its own derivative along a tangent t of x, whose push is p = P t:
//
//   R{P} c = -r mean(xhat t) P c - r (p mean(xhat c) + xhat mean(p c))
//
// Operands as those of normalize. Sums are float64 over the elements in order. out of the first may alias c.

/** out := P c. */
// @ts-ignore: decorator
@kernel
export function normalize_project<T>(
  samples: i32, positions: i32, channels: i32, groups: i32, centers: i32,
  xhat: usize, r: usize, c: usize, out: usize,
): void {
  const line = <usize> channels * sizeof<T>(), extent = <usize> positions * line;
  const width = line / <usize> groups;
  const count = <f64> positions * <f64> (channels / groups);
  for (; samples > 0; samples--, xhat += extent, c += extent, out += extent) {
    for (let group: usize = 0; group < line; group += width, r += sizeof<T>()) {
      let sum: f64 = 0, along: f64 = 0;
      for (let at = group; at < extent; at += line) {
        for (let j = at; j < at + width; j += sizeof<T>()) {
          const cj = <f64> load<T>(c + j);
          sum += cj;
          along += cj * <f64> load<T>(xhat + j);
        }
      }
      const mean = centers ? sum / count : 0, slope = along / count, factor = <f64> load<T>(r);
      for (let at = group; at < extent; at += line) {
        for (let j = at; j < at + width; j += sizeof<T>()) {
          const projected = <f64> load<T>(c + j) - mean - slope * <f64> load<T>(xhat + j);
          store<T>(out + j, <T> (factor * projected));
        }
      }
    }
  }
}

/** out := out + R{P} c. */
// @ts-ignore: decorator
@kernel
export function normalize_bend<T>(
  samples: i32, positions: i32, channels: i32, groups: i32, centers: i32,
  xhat: usize, r: usize, t: usize, p: usize, c: usize, out: usize,
): void {
  const line = <usize> channels * sizeof<T>(), extent = <usize> positions * line;
  const width = line / <usize> groups;
  const count = <f64> positions * <f64> (channels / groups);
  for (; samples > 0; samples--) {
    for (let group: usize = 0; group < line; group += width, r += sizeof<T>()) {
      let sum: f64 = 0, along: f64 = 0, moved: f64 = 0, turned: f64 = 0;
      for (let at = group; at < extent; at += line) {
        for (let j = at; j < at + width; j += sizeof<T>()) {
          const cj = <f64> load<T>(c + j), xj = <f64> load<T>(xhat + j);
          sum += cj;
          along += cj * xj;
          moved += xj * <f64> load<T>(t + j);
          turned += cj * <f64> load<T>(p + j);
        }
      }
      const factor = <f64> load<T>(r);
      const mean = centers ? sum / count : 0, slope = along / count, turn = turned / count;
      const shrink = factor * moved / count;
      for (let at = group; at < extent; at += line) {
        for (let j = at; j < at + width; j += sizeof<T>()) {
          const xj = <f64> load<T>(xhat + j);
          const projected = <f64> load<T>(c + j) - mean - slope * xj;
          const change = shrink * projected + slope * <f64> load<T>(p + j) + turn * xj;
          store<T>(out + j, <T> (<f64> load<T>(out + j) - factor * change));
        }
      }
    }
    xhat += extent;
    t += extent;
    p += extent;
    c += extent;
    out += extent;
  }
}
