// Differences of what a model gives at parameters moved along a direction.
import type { Linearization, Model, Tensor } from "../../mod.ts";
import { ok } from "../_support/assert.ts";
import { ROUNDOFF_FLOOR } from "../_support/tolerance.ts";

/** A model on one batch. */
export interface LinearizedCase {
  readonly model: Model;
  /** Linearizes at the parameters as they are then. */
  linearize(): Linearization;
}

/** What `measure` gives at the parameters moved by h v. */
export function along<T>(
  { model, linearize }: LinearizedCase,
  v: Tensor,
  h: number,
  measure: (lin: Linearization) => T,
): T {
  const { data } = model.parameters;
  const before = data.slice();
  data.forEach((x, i) => data[i] = x + h * v.data[i]);
  model.parametersChanged();
  using lin = linearize();
  const measured = measure(lin);
  data.set(before);
  model.parametersChanged();
  return measured;
}

/** Central difference of an array. */
export function difference(
  found: LinearizedCase,
  v: Tensor,
  h: number,
  measure: (lin: Linearization) => ArrayLike<number>,
): number[] {
  const ahead = along(found, v, h, measure), behind = along(found, v, -h, measure);
  return Array.from(ahead, (x, i) => (x - behind[i]) / (2 * h));
}

/** The slope of log2 of remainders over steps 2^-4 … 2^-12 where they are clear of roundoff. */
export function slopeOf(remainder: (h: number) => number): number {
  const exponents = Array.from({ length: 9 }, (_, i) => -4 - i);
  const points = exponents.map((e) => [e, remainder(2 ** e)]).filter(([, r]) => r > ROUNDOFF_FLOOR);
  ok(points.length >= 4, "too few steps are clear of roundoff");
  const mean = (pick: (point: number[]) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const middle = mean(([e]) => e), level = mean(([, r]) => Math.log2(r));
  const spread = points.map(([e, r]) => [(e - middle) * (Math.log2(r) - level), (e - middle) ** 2]);
  const [up, across] = [0, 1].map((i) => spread.reduce((sum, pair) => sum + pair[i], 0));
  return up / across;
}
