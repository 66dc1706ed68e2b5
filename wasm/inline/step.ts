// The steps of an elementwise loop: whole vectors, then what is left over element by element, through the same vector
// code with the element in every lane. So what an element becomes never depends on its position, and the
// operation is compiled once (a copy for the end, or a function that fills a vector, costs 10 KB over all kernels).
import { lanes } from "./lanes";

/** How many of `rest` elements the next step takes: a vector of them, or one. */
// @ts-ignore: decorator
@inline
export function step<T>(rest: i32): i32 {
  return rest >= lanes<T>() ? lanes<T>() : 1;
}

/** The elements at p of a step of `count`. */
// @ts-ignore: decorator
@inline
export function load_step<T>(p: usize, count: i32): v128 {
  return count == 1 ? v128.load_splat<T>(p) : v128.load(p);
}

/** Writes the elements of a step of `count` to p. */
// @ts-ignore: decorator
@inline
export function store_step<T>(p: usize, v: v128, count: i32): void {
  if (count == 1) v128.store_lane<T>(p, v, 0);
  else v128.store(p, v);
}

/** v where a sum over the lanes is to count it: in every lane, or only in the first. */
// @ts-ignore: decorator
@inline
export function counted<T>(v: v128, count: i32): v128 {
  const first = sizeof<T>() == 4 ? i32x4(-1, 0, 0, 0) : i64x2(-1, 0);
  return count == 1 ? v128.and(v, first) : v;
}
