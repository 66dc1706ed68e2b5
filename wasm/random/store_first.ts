// Writes the first min(rest, lanes) lanes of v to p: the end of a stream that stops inside a counter.
import { lanes } from "../inline/lanes";

export function store_first<T>(p: usize, v: v128, rest: i32): void {
  if (rest >= lanes<T>()) return v128.store(p, v);
  for (; rest > 0; rest--, p += sizeof<T>()) {
    v128.store_lane<T>(p, v, 0);
    if (sizeof<T>() == 4) v = v128.shuffle<f32>(v, v, 1, 2, 3, 0);
  }
}
