// Softmax over the rows of attention scores, and its derivatives. Operands are squares (samples, heads, steps, steps), of which
// the first lengths[sample] rows and columns count and nothing else is touched. Sums are float64.
import { row_exp, row_max, row_scale } from "../losses/row";

/** z := softmax of each row of scores; with `causal` row t over its first t + 1, the others become 0. */
// @ts-ignore: decorator
@kernel
export function head_softmax<T>(
  samples: i32, heads: i32, steps: i32, causal: i32, lengths: usize, z: usize,
): void {
  const size = <usize> sizeof<T>(), stride = <usize> steps * size;
  for (; samples > 0; samples--, lengths += size) {
    const valid = <i32> load<T>(lengths);
    for (let head = 0; head < heads; head++, z += <usize> steps * stride) {
      for (let t = 0; t < valid; t++) {
        const row = z + <usize> t * stride, seen = causal ? t + 1 : valid;
        row_scale<T>(seen, 1 / row_exp<T>(seen, row, row_max<T>(seen, row), row), row);
        memory.fill(row + <usize> seen * size, 0, <usize> (valid - seen) * size);
      }
    }
  }
}

/** c := p (c - m), m = sum p c, row by row: the symmetric derivative of softmax times c. Where e is given, p changes by q and c
 *  by e, and e := q (c - m) + p (e - sum (p e + q c)) is how the result does. */
// @ts-ignore: decorator
@kernel
export function head_softmax_project<T>(
  samples: i32, heads: i32, steps: i32, lengths: usize, p: usize, c: usize, q: usize, e: usize,
): void {
  const size = <usize> sizeof<T>(), square = <usize> (steps * steps) * size;
  for (; samples > 0; samples--, lengths += size) {
    const valid = <i32> load<T>(lengths), bytes = <usize> valid * size;
    for (let head = 0; head < heads; head++) {
      for (let at: usize = 0; at < <usize> (valid * steps) * size; at += <usize> steps * size) {
        let mean: f64 = 0, change: f64 = 0;
        for (let j = at; j < at + bytes; j += size) {
          const pj = <f64> load<T>(p + j), cj = <f64> load<T>(c + j);
          mean += pj * cj;
          if (e) change += pj * <f64> load<T>(e + j) + <f64> load<T>(q + j) * cj;
        }
        for (let j = at; j < at + bytes; j += size) {
          const pj = <f64> load<T>(p + j), centred = <f64> load<T>(c + j) - mean;
          store<T>(c + j, <T> (pj * centred));
          if (!e) continue;
          const bent = <f64> load<T>(q + j) * centred + pj * (<f64> load<T>(e + j) - change);
          store<T>(e + j, <T> bent);
        }
      }
      p += square;
      c += square;
      if (!e) continue;
      q += square;
      e += square;
    }
  }
}
