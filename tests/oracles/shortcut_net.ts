// A network with shortcut connections, sums and concatenations, one inside the other, as a plain graph of numbers that
// carry their derivatives, one weight at a time.
import { add, constant, type HyperDual, multiply, sum, tanh } from "./hyper_dual.ts";
import type { Rows } from "./matrices.ts";

/** Rows of the matrices, biases last, in the order of θ. */
const ROWS = [4, 6, 6, 2, 4, 3, 3, 3] as const;

/**
 * h = tanh(W₂ tanh(W₁ x̃)˜ + W₃ x̃), y = h + tanh([tanh(W₄ h̃); W₅ h̃]), c = tanh(W₆ ỹ), z = W₈ [y; c + tanh(W₇ c̃)]˜.
 */
function outputs(theta: readonly HyperDual[], x: readonly number[]): HyperDual[] {
  let next = 0, matrix = 0;
  const affine = (input: readonly HyperDual[]): HyperDual[] => {
    const extended = [...input, constant(1)];
    return Array.from(
      { length: ROWS[matrix++] },
      () => sum(extended.map((value) => multiply(theta[next++], value))),
    );
  };
  const plus = (a: readonly HyperDual[], b: readonly HyperDual[]): HyperDual[] =>
    a.map((value, i) => add(value, b[i]));
  const input = x.map(constant);
  const body = affine(affine(input).map(tanh));
  const h = plus(body, affine(input)).map(tanh);
  const joined = [...affine(h).map(tanh), ...affine(h)];
  const y = plus(h, joined.map(tanh));
  const c = affine(y).map(tanh);
  return affine([...y, ...plus(c, affine(c).map(tanh))]);
}

/** z of one sample. */
export function shortcutOutput(theta: ArrayLike<number>, x: readonly number[]): number[] {
  return outputs(Array.from(theta, constant), x).map(([value]) => value);
}

/** J (K, P) of one sample. */
export function shortcutJacobian(theta: ArrayLike<number>, x: readonly number[]): Rows {
  const columns = Array.from(theta, (_, moving) => {
    const dual = Array.from(theta, (v, i): HyperDual => [v, i === moving ? 1 : 0, 0, 0]);
    return outputs(dual, x).map(([, change]) => change);
  });
  return columns[0].map((_, k) => columns.map((column) => column[k]));
}
