/** The sum of the lanes of x in T, pairwise: (0 + 1) + (2 + 3). */
// @ts-ignore: decorator
@inline
export function sum_lanes<T>(x: v128): T {
  const first = <T> (v128.extract_lane<T>(x, 0) + v128.extract_lane<T>(x, 1));
  if (sizeof<T>() == 8) return first;
  return <T> (first + <T> (v128.extract_lane<T>(x, 2) + v128.extract_lane<T>(x, 3)));
}
