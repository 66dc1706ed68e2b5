// How a workspace serves systems below its order: each solve works in the first elements of the planned vectors.
import { lend, type Tensor } from "../tensor/tensor.ts";

/** Views kept of a vector: blocks of a model come again in every step, and those of most models are fewer. */
const KEPT = 64;

const views = new WeakMap<Tensor, Map<number, Tensor>>();

/** The first `size` elements of a planned vector: itself, or a view that is kept for sizes that come again. */
export function leading(vector: Tensor, size: number): Tensor {
  if (size === vector.size) return vector;
  const kept = views.get(vector) ?? new Map<number, Tensor>();
  const known = kept.get(size);
  if (known) return known;
  const made = lend(vector.view([size]), "a workspace");
  for (const oldest of kept.keys()) {
    if (kept.size < KEPT) break;
    kept.delete(oldest);
  }
  views.set(vector, kept.set(size, made));
  return made;
}
