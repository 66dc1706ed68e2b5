import { dot, norm } from "../ops/vector.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** True when x + length p is in the open ball of a radius. */
export function isInside(radius: number, x: Tensor, length: number, p: Tensor): boolean {
  const squared = dot(x, x) + length * (2 * dot(x, p) + length * dot(p, p));
  return squared < radius * radius;
}

/** The positive length for which |x + length p| is the radius; x is in the ball. */
export function lengthToBoundary(radius: number, x: Tensor, p: Tensor): number {
  const pp = dot(p, p), xp = dot(x, p), size = norm(x);
  const room = Math.max(0, (radius - size) * (radius + size));
  const root = Math.sqrt(xp * xp + pp * room);
  // Whichever form adds numbers of one sign.
  return xp > 0 ? room / (xp + root) : (root - xp) / pp;
}
