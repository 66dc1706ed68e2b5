// The table of methods as tests use it: in all forms, for faults, and by what holds of them.
import type { Optimizer } from "../../mod.ts";
import { type Make, type Method, TABLE } from "./_method_table.ts";

/** A method in one of its forms. */
export interface Form {
  readonly optimizer: Optimizer;
  readonly method: Method;
  readonly isPlain: boolean;
}

/** Whether something holds of a form; it does not where nothing is said. */
export function has(
  { optimizer, method }: Form,
  trait: "isOrdered" | "isIterative" | "takesMoments" | "needsIndependence" | "cutsPatches",
): boolean {
  return method[trait]?.(optimizer.options) ?? false;
}

/** Every method in each of its forms, by name. */
export const FORMS: Readonly<Record<string, Form>> = Object.fromEntries(
  Object.values(TABLE).flatMap((method) =>
    Object.entries(method.forms).map(([name, options], index) => [name, {
      optimizer: method.make(options),
      method,
      isPlain: index === 0,
    }])
  ),
);

/** The optimizers of all forms. */
export const METHODS: Readonly<Record<string, Optimizer>> = Object.fromEntries(
  Object.entries(FORMS).map(([name, { optimizer }]) => [name, optimizer]),
);

/** The forms that take nets of dense sites alone. */
export const NEEDS_DENSE_SITES: ReadonlySet<string> = new Set(
  Object.keys(FORMS).filter((name) => FORMS[name].method.sites === "dense"),
);

/** The forms to which a convolution with one position is no dense layer. */
export const CUTS_PATCHES: ReadonlySet<string> = new Set(
  Object.keys(FORMS).filter((name) => has(FORMS[name], "cutsPatches")),
);

/** The forms for tests of faults, with more options if they are given. */
export const FAULT_METHODS: Readonly<Record<string, Make>> = Object.fromEntries(
  Object.values(TABLE).flatMap(({ make, faultForms }) =>
    Object.entries(faultForms).map(([name, options]): [string, Make] => [
      name,
      (more) => make({ ...options, ...more }),
    ])
  ),
);

/** Methods with Kronecker factors that take every net, as they are when they are to refuse sites without. */
export const REFUSING: readonly Make[] = methodsWhere(({ make, sites }) =>
  sites === "all" && "fallback" in make().options
).map((make) => (options) => make({ fallback: "refuse", ...options }));

/** The functions whose methods are like this. */
export function methodsWhere(isLike: (method: Method) => boolean): Make[] {
  return Object.values(TABLE).filter(isLike).map(({ make }) => make);
}
