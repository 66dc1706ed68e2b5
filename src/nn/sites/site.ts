// What a site is: parameters W as a layer states them, and the rows that belong to each use of them.
import {
  checkBoolean,
  checkFunction,
  checkMethods,
  checkObject,
  checkWhole,
} from "../../runtime/arguments.ts";
import type { Matrix } from "../../ops/matrix.ts";
import { MAXIMUM_ELEMENTS } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Initializer } from "./initializers.ts";
import { AFFINE, type SiteForm } from "./site_form.ts";
import type { StoredArray } from "./stored_array.ts";

/** Another site whose weights a layer takes for its own. */
export interface Tie {
  /** The name of that site, for example "dense_1". */
  readonly site: string;
  /** Applies the transpose of its weight. */
  readonly isTransposed: boolean;
}

/** The parameters of a layer as its description states them: W = [weight | bias], shape (O, D). */
export interface SiteDescription {
  /** The kind of layer that has the site; sites are named after it. */
  readonly kind: string;
  /** How W is applied. @default Z = A Wᵀ */
  readonly form?: SiteForm;
  /** Takes the weight of another site, without its bias, in the place of one of its own. @default none */
  readonly tie?: Tie;
  /** True when other layers may be tied to the site: W multiplies what the layer is given, as it is. @default false */
  readonly lendsWeight?: boolean;
  /** Rows of W: output units. */
  readonly outputs: number;
  /** Columns of W: inputs, and one more for the bias. */
  readonly inputs: number;
  /** True when the last column of W is the bias. */
  readonly hasBias: boolean;
  /** Positions at which W is applied to each sample (T). */
  readonly positions: number;
  /**
   * Where rows of A are patches of images, the positions in a patch: the columns of W but the bias are (tap, channel).
   * @default rows are no patches
   */
  readonly taps?: number;
  /** Outputs that one input of a sample feeds. @default outputs */
  readonly fanOut?: number;
  /** Sets the initial weights. */
  readonly initializer: Initializer;
  /** The arrays that files keep W in, named within the layer. */
  readonly arrays: readonly StoredArray[];
}

/** The forward quantities of one site. */
export interface SiteValues {
  /** A (B T, D), the rows that W multiplies; (B T, O), with ones where there are shifts, for a site of the form "scale"; the indices (B T, 1) for "lookup". */
  readonly inputs: Matrix;
  /** Z (B T, O) = A Wᵀ; for "lookup" rows of W (B T, D). */
  readonly outputs: Tensor;
}

/** How the quantities of one site change along a tangent. */
export interface SiteTangents {
  /** Change of A (B T, D) but for its column of ones, which does not change. Absent when zero. */
  readonly inputs: Matrix | undefined;
  /** Change of G (B T, O). */
  readonly cotangents: Tensor;
}

/** Refuses the description of a site that no matrix suits. */
export function checkSite(action: string, site: unknown): asserts site is SiteDescription {
  checkObject(action, "a layer's site", site);
  const { outputs, inputs, hasBias, positions, initializer } = site as SiteDescription;
  const { fanOut = outputs, form = AFFINE } = site as SiteDescription;
  checkWhole(action, "outputs of a site", outputs, 1, MAXIMUM_ELEMENTS);
  checkBoolean(action, "hasBias of a site", hasBias);
  checkMethods(action, "form of a site", form, ["pull"], "an object with a pull() to W");
  checkWhole(action, "inputs of a site", inputs, 1, MAXIMUM_ELEMENTS);
  checkWhole(action, "positions of a site", positions, 1, MAXIMUM_ELEMENTS);
  checkWhole(action, "fanOut of a site", fanOut, 1);
  checkTaps(action, site as SiteDescription);
  checkFunction(action, "initializer of a site", initializer);
}

/** Refuses taps among which the columns of W cannot be shared out. */
function checkTaps(action: string, { taps, inputs, hasBias }: SiteDescription): void {
  if (taps === undefined) return;
  const held = inputs - (hasBias ? 1 : 0);
  checkWhole(action, "taps of a site", taps, 1, held);
  if (held % taps === 0) return;
  throw new RangeError(
    `Cannot ${action}: taps of a site must divide its ${held} inputs, and ${taps} do not`,
  );
}
