// How the parameters of a site look outside: arrays with the names and shapes that PyTorch gives them.
import type { Shape } from "../../tensor/shape.ts";

/** An array that holds columns of a site's W = [weight | bias]. */
export interface StoredArray {
  /** Its name, within a layer "weight", within a model "0.weight". */
  readonly name: string;
  /** Its shape; index o of the first axis belongs to row o of W. */
  readonly shape: Shape;
  /**
   * The column of W that holds element `index` of a row. Where arrays share a column, W holds their sum, and
   * writing gives all of it to the first.
   */
  readonly column: (index: number) => number;
}

/** "weight" (outputs, columns but the bias) and "bias" (outputs), as torch.nn.Linear has them. */
export function linearArrays(
  outputs: number,
  columns: number,
  hasBias: boolean,
): readonly StoredArray[] {
  const held = columns - (hasBias ? 1 : 0);
  const weight = { name: "weight", shape: [outputs, held], column: (index: number) => index };
  const bias = { name: "bias", shape: [outputs], column: () => held };
  return hasBias ? [weight, bias] : [weight];
}

/** "weight" (outputs, channels, rows, columns) and "bias" (outputs), as torch.nn.Conv2d has them. */
export function convolutionArrays(
  outputs: number,
  channels: number,
  [rows, columns]: readonly [rows: number, columns: number],
  hasBias: boolean,
): readonly StoredArray[] {
  const taps = rows * columns;
  const weight = {
    name: "weight",
    shape: [outputs, channels, rows, columns],
    column: (index: number) => index % taps * channels + Math.floor(index / taps),
  };
  const bias = { name: "bias", shape: [outputs], column: () => taps * channels };
  return hasBias ? [weight, bias] : [weight];
}

/**
 * "weight_ih_l0" (4 units, features), "weight_hh_l0" (4 units, units) and the two biases (4 units) that torch.nn.LSTM
 * adds up, gates in the order i, f, g, o.
 */
export function lstmArrays(features: number, units: number): readonly StoredArray[] {
  const rows = 4 * units;
  const bias = { shape: [rows], column: () => features + units };
  return [
    { name: "weight_ih_l0", shape: [rows, features], column: (index: number) => index },
    { name: "weight_hh_l0", shape: [rows, units], column: (index: number) => features + index },
    { name: "bias_ih_l0", ...bias },
    { name: "bias_hh_l0", ...bias },
  ];
}
