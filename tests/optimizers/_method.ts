// What tests know of a method.
import type { Optimizer } from "../../mod.ts";
import type { Domains } from "../api/_domains.ts";

/** Options of any method. */
export type Options = Readonly<Record<string, unknown>>;

/** Makes a method with any options, those that it must refuse too. */
export type Make = (options?: Options) => Optimizer;

/** What holds of a method with these settings, defaults filled in. */
type Trait = (options: Options) => boolean;

/** What may hold of a method; it does not where nothing is said. */
export interface Traits {
  /** Whether the place of a sample in its batch decides what is done with it. */
  readonly isOrdered?: Trait;
  /** Whether it solves until a tolerance is reached, so that rounding shows more. */
  readonly isIterative?: Trait;
  /** Whether it needs samples that do not meet in any layer. */
  readonly needsIndependence?: Trait;
  /** Whether it treats parameters of patches unlike those of other rows, so that a convolution is no dense layer to it. */
  readonly cutsPatches?: Trait;
  /** Whether every step takes the second moments of its inputs. */
  readonly takesMoments?: Trait;
  /** Whether it takes means of rows or of their squares, which add up in another order where rows are patches. */
  readonly averagesRows?: Trait;
  /** Whether a step depends on how long sequences might be, beyond those that there are. */
  readonly looksAtLength?: Trait;
  /** Whether a step evaluates the loss where it leads. */
  readonly looksAhead?: Trait;
  /** Whether more inputs than samples take a way of their own. */
  readonly hasWideForm?: Trait;
  /** Whether a step factors a matrix as large as the model or its outputs, so that time grows with the cube. */
  readonly isCubic?: Trait;
}

/** What tests know of a method. */
export interface Method extends Traits {
  readonly make: Make;
  /** Settings for small networks, by the name that digests and messages use; the first is the plain form. */
  readonly forms: Readonly<Record<string, Options>>;
  /** Settings with which a few steps meet all that the method does, and all that it may allocate. */
  readonly faultForms: Readonly<Record<string, Options>>;
  /** A value for every option, other than its default. */
  readonly everyOption: Options;
  /** What options take that are numbers, with the others as in `everyOption`. */
  readonly domains: Domains;
  /** Options that are a number and no function of the step. */
  readonly fixed?: readonly string[];
  /** Which sites it takes: dense ones in a chain, or all. */
  readonly sites: "dense" | "all";
  /** Whether it reads the batches of a warm start, and if it does when a part of the state has its memory. */
  readonly warmStarts?: "first" | "late";
  /** Parts of the state that a step may leave as they are. */
  readonly atRest?: readonly string[];
  /** Settings with which it takes a step back, with the loss that makes it. */
  readonly takenBack?: Readonly<Record<string, readonly [options: Options, loss: number]>>;
}
