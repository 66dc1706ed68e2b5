// Where results go: to memory of the caller's, which must be apart from what is read, or to a new tensor.
import { elementBytes } from "../runtime/memory.ts";
import type { Tensor } from "./tensor.ts";

/** True when two tensors share memory. */
export function overlaps(a: Tensor, b: Tensor): boolean {
  const end = (t: Tensor): number => t.pointer + elementBytes(t.dtype, t.size);
  return a.pointer < end(b) && b.pointer < end(a);
}

/** Fills a new tensor, which is given back when that fails, as without memory for a workspace. */
export function filled(made: Tensor, fill: (made: Tensor) => void): Tensor {
  try {
    fill(made);
    return made;
  } catch (error) {
    made.dispose();
    throw error;
  }
}
