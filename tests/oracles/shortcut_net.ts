// A network with shortcut connections as a plain graph of numbers that carry their derivatives, one weight at a time.
import { add, constant, type HyperDual, multiply, sum, tanh } from "./hyper_dual.ts";
import type { Rows } from "./matrices.ts";

/** Rows and columns of the matrices, biases last: body and projection of a residual block, body of another, output. */
export const SHORTCUT_SHAPES: readonly (readonly [number, number])[] = [
  [4, 6],
  [6, 5],
  [6, 6],
  [6, 7],
  [3, 7],
];

/** z = W₅ ỹ, y = h + tanh(W₄ h̃), h = tanh(W₂ tanh(W₁ x̃)˜ + W₃ x̃). */
function outputs(theta: readonly HyperDual[], x: readonly number[]): HyperDual[] {
  let next = 0;
  const affine = (input: readonly HyperDual[], [rows]: readonly [number, number]): HyperDual[] => {
    const extended = [...input, constant(1)];
    return Array.from(
      { length: rows },
      () => sum(extended.map((value) => multiply(theta[next++], value))),
    );
  };
  const [first, second, projection, body, last] = SHORTCUT_SHAPES;
  const input = x.map(constant);
  const inner = affine(affine(input, first).map(tanh), second);
  const shortcut = affine(input, projection);
  const h = inner.map((value, i) => tanh(add(value, shortcut[i])));
  const bent = affine(h, body).map(tanh);
  return affine(h.map((value, i) => add(value, bent[i])), last);
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
