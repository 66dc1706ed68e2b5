// L2 regularization, ½ l2 ‖θ‖², of all parameters or of those that a mask has ones for.
import type { Site } from "../nn/sites/site_layout.ts";
import { columnOf, fillEvery } from "../ops/strided.ts";
import { axpy, dot, fill } from "../ops/vector.ts";
import { describe } from "../runtime/arguments.ts";
import { kernels } from "../runtime/instance.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Parameters that L2 leaves out: none, the biases of all sites, or all of the sites that are named. */
export type L2Exception = "none" | "bias" | readonly string[];

/** ½ l2 ‖θ‖² over what is counted: all, or what the mask (P) has ones for. */
export function penalty(parameters: Tensor, l2: number, counted?: Tensor): number {
  if (l2 === 0) return 0;
  if (!counted) return 0.5 * l2 * dot(parameters, parameters);
  const { dtype, size, pointer } = parameters;
  using masked = new Tensor(dtype, [size]);
  kernels(dtype).multiply(size, counted.pointer, pointer, masked.pointer);
  return 0.5 * l2 * dot(masked, parameters);
}

/** out = out + l2 x, of what is counted. */
export function addL2(l2: number, x: Tensor, counted: Tensor | undefined, out: Tensor): void {
  if (l2 === 0) return;
  if (!counted) axpy(l2, x, out);
  else kernels(out.dtype).multiply_add(out.size, l2, counted.pointer, x.pointer, out.pointer);
}

/** Refuses what is no exception for any model; returns a copy that stays as it is. */
export function checkL2Exception(action: string, value: unknown): L2Exception {
  if (value === "none" || value === "bias") return value;
  const isList = Array.isArray(value) &&
    Array.from(value).every((name) => typeof name === "string");
  if (isList && value.length === 0) {
    throw new RangeError(`Cannot ${action}: l2Except has no site; "none" leaves nothing out`);
  }
  if (isList) return Object.freeze([...value]);
  throw new TypeError(
    `Cannot ${action}: l2Except must be "none", "bias" or names of sites, not ${describe(value)}`,
  );
}

/** Refuses names that no site of a model has. */
export function checkExceptedSites(
  action: string,
  exception: L2Exception,
  sites: readonly Site[],
): void {
  if (typeof exception === "string") return;
  const names = sites.map(({ name }) => name);
  const missing = exception.find((name) => !names.includes(name));
  if (missing === undefined) return;
  throw new RangeError(
    `Cannot ${action}: there is no site ${describe(missing)} for l2Except, the model has ${
      names.join(", ") || "none"
    }`,
  );
}

/** Fills a mask (P): 1 for parameters that count, 0 for those that are left out. */
export function fillCounted(exception: L2Exception, sites: readonly Site[], mask: Tensor): Tensor {
  fill(mask, 1);
  for (const { name, hasBias, offset, weight: { shape: [rows, columns], size } } of sites) {
    const own = mask.view([size], offset);
    if (exception === "bias" && hasBias) fillEvery(own, columnOf(rows, columns, columns - 1), 0);
    else if (typeof exception !== "string" && exception.includes(name)) fill(own, 0);
  }
  return mask;
}
