// The methods, one entry each: every test of what all methods promise takes them from here, so a new one joins by an entry
// in the family that it belongs to.
import type { Method } from "./_method.ts";
import { FIRST_ORDER } from "./_rows/first_order.ts";
import { KRONECKER } from "./_rows/kronecker.ts";
import { MATRICES } from "./_rows/matrices.ts";
import { PRODUCTS } from "./_rows/products.ts";

export type { Make, Method, Traits } from "./_method.ts";

/** By the name of the function. */
export const TABLE: Readonly<Record<string, Method>> = {
  ...FIRST_ORDER,
  ...KRONECKER,
  ...PRODUCTS,
  ...MATRICES,
};
