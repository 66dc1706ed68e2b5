// Calls of the pooling kernels, which find the geometry of their windows in the workspace.
import { kernels } from "../runtime/instance.ts";
import { workspace } from "../runtime/memory.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { GEOMETRY_BYTES, type PatchGeometry, writeGeometry } from "./patch_geometry.ts";

function written(geometry: PatchGeometry): number {
  const address = workspace(GEOMETRY_BYTES);
  writeGeometry(geometry, address);
  return address;
}

/** y = the largest element of each window over x, places = the pixels that have them; the first one wins. */
export function maxPool(x: Tensor, geometry: PatchGeometry, y: Tensor, places: Tensor): void {
  const { max_pool } = kernels(x.dtype);
  max_pool(x.shape[0], written(geometry), x.pointer, y.pointer, places.pointer);
}

/** out = the elements of t (B, height, width, channels) at places that `maxPool()` has found. */
export function takePlaces(
  t: Tensor,
  geometry: PatchGeometry,
  places: Tensor,
  out: Tensor,
): void {
  const { max_pool_push } = kernels(t.dtype);
  max_pool_push(t.shape[0], written(geometry), places.pointer, t.pointer, out.pointer);
}

/** out = u added up at those places, zero elsewhere. */
export function addAtPlaces(
  u: Tensor,
  geometry: PatchGeometry,
  places: Tensor,
  out: Tensor,
): void {
  const { max_pool_pull } = kernels(u.dtype);
  max_pool_pull(u.shape[0], written(geometry), places.pointer, u.pointer, out.pointer);
}

/** y = the mean of each window over x, zeros outside the images counted. */
export function averagePool(x: Tensor, geometry: PatchGeometry, y: Tensor): void {
  kernels(x.dtype).average_pool(x.shape[0], written(geometry), x.pointer, y.pointer);
}

/** out = the transposed map of `averagePool()`: each element of u spread evenly over its window. */
export function spreadAverage(u: Tensor, geometry: PatchGeometry, out: Tensor): void {
  kernels(u.dtype).average_pool_pull(u.shape[0], written(geometry), u.pointer, out.pointer);
}
