import { describe } from "../../runtime/arguments.ts";
import { columnsBetween, type Matrix, matrix } from "../../ops/matrix.ts";
import { copyRows } from "../../ops/rows.ts";
import { fill } from "../../ops/vector.ts";
import { formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { branched, checkBranch, type Junction } from "./branches.ts";
import type { Layer } from "./layer.ts";

/** Size of the last axis. */
function widthOf(shape: Shape): number {
  return shape[shape.length - 1];
}

function joinedShape(shapes: readonly Shape[]): Shape {
  const [first] = shapes;
  if (first.length === 0) {
    throw new TypeError("Cannot concatenate branches of shape (): there is no axis to join");
  }
  const outer = first.slice(0, -1);
  for (const [i, shape] of shapes.entries()) {
    if (shape.length > 0 && sameShape(shape.slice(0, -1), outer)) continue;
    throw new TypeError(
      `Cannot concatenate branch ${i + 1} of shape ${formatShape(shape)} and branch 1 of shape ${
        formatShape(first)
      }: all axes but the last must be equal`,
    );
  }
  return [...outer, shapes.reduce((sum, shape) => sum + widthOf(shape), 0)];
}

/** Tensors that are there and not empty, each with the columns of the whole that are its own. */
function placesOf(
  outputs: readonly Tensor[],
  parts: readonly (Tensor | undefined)[],
  whole: Tensor,
): (readonly [part: Matrix, place: Matrix])[] {
  let next = 0;
  return outputs.flatMap(({ shape }, i) => {
    const first = next;
    next += widthOf(shape);
    const held = parts[i];
    if (!held || held.size === 0) return [];
    return [[matrix(held), columnsBetween(matrix(whole), first, next)] as const];
  });
}

const JOIN: Junction = {
  outputShape: joinedShape,
  join: (outputs, parts, out) => {
    const places = placesOf(outputs, parts, out);
    const isWhole = parts.every((part) => part);
    return () => {
      if (!isWhole) fill(out, 0);
      for (const [part, place] of places) copyRows(part, place);
    };
  },
  split: (outputs, whole, _keeps, buffer) => {
    const parts = outputs.map(({ shape }, i) => buffer(shape, `part ${i}`));
    const places = placesOf(outputs, parts, whole);
    const run = (): void => {
      for (const [part, place] of places) copyRows(place, part);
    };
    return { parts, run };
  },
};

/**
 * Puts the outputs of branches one behind the other: y = [f(x); g(x); …].
 *
 * All branches see the same input, and an empty one is that input: `concatenation([[], [dense(8), tanh()]])` is the
 * shortcut of dense networks, [x; f(x)]. Outputs join along the last axis: features, at each step of sequences, or
 * channels of images. Its affine sites are those of the branches, in order.
 *
 * Shapes: (…, n₁), (…, n₂), … give (…, n₁ + n₂ + …). The model is refused if other axes of the branches differ.
 *
 * @param branches Two or more arrays of layers.
 * @throws {TypeError} when `branches` is not an array of arrays of layers.
 * @throws {RangeError} when there are fewer than two.
 *
 * Source: shortcuts of this kind, Huang, Liu, van der Maaten & Weinberger 2017, "Densely connected convolutional
 * networks"; branches side by side, Szegedy et al. 2015, "Going deeper with convolutions".
 *
 * @example
 * ```ts
 * import { concatenation, dense, sequential, tanh } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [4] }, [concatenation([[], [dense(8), tanh()]]), dense(2)]);
 * assertEquals(model.sites[1].weight.shape, [2, 4 + 8 + 1]);
 * assertEquals(model.sites[0].arrays[0].name, "0.branches.1.0.weight");
 * ```
 */
export function concatenation(branches: readonly (readonly Layer[])[]): Layer {
  const action = "make a concatenation";
  if (!Array.isArray(branches)) {
    throw new TypeError(
      `Cannot ${action}: the branches must be an array of arrays of layers, not ${
        describe(branches)
      }`,
    );
  }
  if (branches.length < 2) {
    throw new RangeError(`Cannot ${action}: it needs two branches or more, not ${branches.length}`);
  }
  for (const [i, layers] of branches.entries()) checkBranch(action, `branch ${i + 1}`, layers);
  const named = branches.map((layers, i) => ({ name: `branches.${i}`, layers }));
  return branched("concatenation", named, JOIN);
}
