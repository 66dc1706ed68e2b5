import { checkOptions, namesOf } from "../../runtime/arguments.ts";
import { copy } from "../../ops/vector.ts";
import { formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import { addUp, branched, checkBranch, type Junction } from "./branches.ts";
import type { Layer } from "./layer.ts";

/** Options of `residual()`. */
export interface ResidualOptions {
  /** Layers of the shortcut, where shapes differ. @default none: the input itself */
  readonly projection?: readonly Layer[];
}

const NAMES = namesOf<ResidualOptions>({ projection: true });

const SUM: Junction = {
  outputShape: ([shape, expected]: readonly Shape[]): Shape => {
    if (sameShape(shape, expected)) return shape;
    throw new TypeError(
      `Cannot add a branch of shape ${formatShape(shape)} to a shortcut of shape ${
        formatShape(expected)
      }: they must be equal`,
    );
  },
  join: (_, parts, out) => () => addUp(parts, out),
  split: (_, whole, keeps, buffer) => {
    if (keeps) return { parts: [whole, whole], run: (): void => {} };
    // The branch gets a copy: the shortcut may work in place on the cotangent itself.
    const start = buffer(whole.shape);
    return { parts: [start, whole], run: (): void => void copy(whole, start) };
  },
};

/**
 * Adds a branch of layers to its input, or to a projection of it: y = f(x) + c(x).
 *
 * Its affine sites are those of the branch, then those of the projection.
 *
 * The model is refused if branch and shortcut give different shapes.
 *
 * @throws {TypeError} when branch or projection are not arrays of layers.
 *
 * @example
 * ```ts
 * import { dense, residual, sequential, tanh } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [4] }, [residual([dense(8), tanh(), dense(4)]), dense(2)]);
 * assertEquals(model.sites.map((site) => site.name), ["dense_1", "dense_2", "dense_3"]);
 * ```
 */
export function residual(branch: readonly Layer[], options: ResidualOptions = {}): Layer {
  const action = "make a residual layer";
  checkOptions(action, options, NAMES);
  const { projection = [] } = options;
  checkBranch(action, "the branch", branch);
  checkBranch(action, "the projection", projection);
  const shortcut = { name: "projection", layers: projection };
  return branched("residual", [{ name: "branch", layers: branch }, shortcut], SUM);
}
