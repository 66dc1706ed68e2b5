// H := H + c s s' - rho (s q' + q s'), the rank-2 form of an inverse BFGS update with q = H y; H (n, n), row stride ldh.
// With w = c/2 s - rho q it is H + s w' + w s'. Each element is h + (s_i w_j + w_i s_j), which is the same for (j, i): a
// symmetric H stays symmetric to the last bit. One pass, 7 flops and 2 accesses of H per element.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function inverse_bfgs_update<T>(n: i32, rho: T, c: T, s: usize, q: usize, h: usize, ldh: i32): void {
  const half = <T> (c * <T> 0.5);
  const halves = v128.splat<T>(half), rhos = v128.splat<T>(rho);
  for (let i = 0; i < n; i++, h += <usize> ldh * sizeof<T>()) {
    const at = <usize> i * sizeof<T>();
    const si = load<T>(s + at);
    const sis = v128.splat<T>(si);
    const wis = v128.splat<T>(<T> (<T> (half * si) - <T> (rho * load<T>(q + at))));
    let rest = n, sj = s, qj = q, hj = h;
    while (rest > 0) {
      const count = step<T>(rest);
      const bytes = <usize> count * sizeof<T>();
      const ss = load_step<T>(sj, count);
      const ws = v128.sub<T>(v128.mul<T>(halves, ss), v128.mul<T>(rhos, load_step<T>(qj, count)));
      const change = v128.add<T>(v128.mul<T>(sis, ws), v128.mul<T>(wis, ss));
      store_step<T>(hj, v128.add<T>(load_step<T>(hj, count), change), count);
      rest -= count;
      sj += bytes;
      qj += bytes;
      hj += bytes;
    }
  }
}

/**
 * Whether H stays finite, with a positive diagonal: the largest entry of a positive definite matrix is on its diagonal, so
 * that alone is computed, rounded as above; the products that are formed elsewhere are bounded.
 */
// @ts-ignore: decorator
@kernel
export function inverse_bfgs_stays_positive<T>(
  n: i32,
  rho: T,
  c: T,
  s: usize,
  q: usize,
  h: usize,
  ldh: i32,
): i32 {
  const half = <T> (c * <T> 0.5), step = <usize> (ldh + 1) * sizeof<T>();
  let longest = <T> 0, widest = <T> 0;
  for (; n > 0; n--, s += sizeof<T>(), q += sizeof<T>(), h += step) {
    const along = load<T>(s), w = <T> (<T> (half * along) - <T> (rho * load<T>(q)));
    const after = <T> (load<T>(h) + <T> (<T> 2 * <T> (along * w)));
    if (!(after > <T> 0 && after < <T> Infinity)) return 0;
    longest = max<T>(longest, abs<T>(along));
    widest = max<T>(widest, abs<T>(w));
  }
  return <T> (2 * <f64> longest * <f64> widest) < <T> Infinity ? 1 : 0;
}
