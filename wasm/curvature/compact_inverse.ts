// The compact form of a limited-memory inverse-BFGS factor (src/optimizers/k_bfgs/compact_inverse.ts) for `count` of p pairs:
// pairs (2p, n), s_i in row 2i and y_i in row 2i + 1; r = R^-1 and g = Y'Y (p, p) float64, of which (count, count) in use.
//
// append_pair:    rows and columns of r and g for the pair in rows 2 count and 2 count + 1, whose s'y is `product`.
// compact_kernel: K (2 count, 2 count), dense, from r, g and d, the s'y; middle: count^2 float64.
// Sums are in float64 and in order, l or j ascending.
import { dot } from "../level1/dot";

/** Element (i, j) of a float64 matrix with rows of p elements. */
// @ts-ignore: decorator
@inline
function at(a: usize, p: i32, i: i32, j: i32): usize {
  return a + ((<usize> i * <usize> p + <usize> j) << 3);
}

// @ts-ignore: decorator
@kernel
export function append_pair<T>(
  p: i32,
  count: i32,
  n: i32,
  pairs: usize,
  product: f64,
  r: usize,
  g: usize,
  work: usize,
): void {
  const pitch = <usize> n * sizeof<T>(), y = pairs + <usize> (2 * count + 1) * pitch;
  for (let i = 0; i < count; i++) {
    const s = pairs + <usize> (2 * i) * pitch, found = dot<T>(n, s + pitch, y);
    store<f64>(at(work, 0, 0, i), dot<T>(n, s, y));
    store<f64>(at(g, p, i, count), found);
    store<f64>(at(g, p, count, i), found);
  }
  for (let i = 0; i < count; i++) {
    let sum: f64 = 0;
    for (let j = i; j < count; j++) sum += load<f64>(at(r, p, i, j)) * load<f64>(at(work, 0, 0, j));
    store<f64>(at(r, p, i, count), -sum / product);
    store<f64>(at(r, p, count, i), 0);
  }
  store<f64>(at(r, p, count, count), 1 / product);
  store<f64>(at(g, p, count, count), dot<T>(n, y, y));
}

// @ts-ignore: decorator
@kernel
export function compact_kernel<T>(
  p: i32,
  count: i32,
  r: usize,
  g: usize,
  d: usize,
  k: usize,
  middle: usize,
): void {
  const width = 2 * count;
  // Column by column, so that lanes are rows: g is symmetric, and its column l is its row l.
  for (let j = 0; j < count; j++) {
    let i = 0;
    for (; i + 2 <= count; i += 2) {
      const above = load<f64>(at(d, 0, 0, i)) * load<f64>(at(r, p, i, j));
      const below = load<f64>(at(d, 0, 0, i + 1)) * load<f64>(at(r, p, i + 1, j));
      let sum = f64x2.replace_lane(f64x2.splat(above), 1, below);
      for (let l = 0; l <= j; l++) {
        sum = f64x2.add(sum, f64x2.mul(v128.load(at(g, p, l, i)), v128.load64_splat(at(r, p, l, j))));
      }
      v128.store_lane<f64>(at(middle, count, i, j), sum, 0);
      v128.store_lane<f64>(at(middle, count, i + 1, j), sum, 1);
    }
    if (i < count) {
      let sum = load<f64>(at(d, 0, 0, i)) * load<f64>(at(r, p, i, j));
      for (let l = 0; l <= j; l++) sum += load<f64>(at(g, p, l, i)) * load<f64>(at(r, p, l, j));
      store<f64>(at(middle, count, i, j), sum);
    }
  }
  for (let j = 0; j < count; j++) {
    let i = j;
    for (; i + 2 <= count; i += 2) {
      let sum = f64x2.splat(0);
      for (let l = 0; l <= j; l++) {
        sum = f64x2.add(sum, f64x2.mul(v128.load64_splat(at(r, p, l, j)), v128.load(at(middle, count, l, i))));
      }
      set_pair<T>(k, width, 2 * i, 2 * j, f64x2.extract_lane(sum, 0));
      set_pair<T>(k, width, 2 * i + 2, 2 * j, f64x2.extract_lane(sum, 1));
    }
    if (i < count) {
      let sum: f64 = 0;
      for (let l = 0; l <= j; l++) sum += load<f64>(at(r, p, l, j)) * load<f64>(at(middle, count, l, i));
      set_pair<T>(k, width, 2 * i, 2 * j, sum);
    }
    for (i = 0; i < count; i++) {
      set_pair<T>(k, width, 2 * i, 2 * j + 1, -load<f64>(at(r, p, j, i)));
      store<T>(k + <usize> ((2 * i + 1) * width + 2 * j + 1) * sizeof<T>(), <T> 0);
    }
  }
}

/** k_ij and k_ji, rounded. */
// @ts-ignore: decorator
@inline
function set_pair<T>(k: usize, width: i32, i: i32, j: i32, value: f64): void {
  store<T>(k + <usize> (i * width + j) * sizeof<T>(), <T> value);
  store<T>(k + <usize> (j * width + i) * sizeof<T>(), <T> value);
}
