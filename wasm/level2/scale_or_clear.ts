import { fill } from "../level1/fill";
import { scal } from "../level1/scal";

/** y := beta y; beta == 0 never reads y. */
export function scale_or_clear<T>(n: i32, beta: T, y: usize): void {
  if (beta == <T> 0) fill<T>(n, <T> 0, y);
  else if (beta != <T> 1) scal<T>(n, beta, y);
}
