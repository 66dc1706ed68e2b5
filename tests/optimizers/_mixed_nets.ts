// Networks in which some sites have no Kronecker factors, for tests of what methods do there.
import {
  dense,
  type DType,
  type Layer,
  layerNorm,
  type Model,
  sequential,
  tanh,
} from "../../mod.ts";
import { defineLayer } from "../../layers.ts";
import { mixing } from "../nn/_own.ts";

const WIDTH = 4;
const CLASSES = 3;

/** Layers without factors, (B, 4) to (B, 4). */
export const WITHOUT_FACTORS: Readonly<Record<string, () => Layer[]>> = {
  "scales and shifts": () => [layerNorm()],
  "tied weights": () => [
    dense(3),
    tanh(),
    dense(WIDTH, { tiedTo: "dense_1", transpose: true, bias: false }),
  ],
  "a layer of one's own": () => [defineLayer(mixing(WIDTH))],
};

/** A chain of dense sites on top of them. */
export const chain = (): Layer[] => [tanh(), dense(5), tanh(), dense(CLASSES)];

/** Networks with sites without factors below a chain. */
export const BELOW: Readonly<Record<string, () => Layer[]>> = Object.fromEntries(
  Object.entries(WITHOUT_FACTORS).map(([name, layers]) => [
    `${name} below`,
    () => [...layers(), ...chain()],
  ]),
);

/** Networks with such sites between and above others. */
export const BETWEEN: Readonly<Record<string, () => Layer[]>> = {
  "scales and shifts between": () => [dense(5), layerNorm(), tanh(), dense(CLASSES)],
  "tied autoencoder": () => [
    dense(5),
    tanh(),
    dense(3),
    tanh(),
    dense(5, { tiedTo: "dense_2", transpose: true }),
    tanh(),
    dense(CLASSES),
  ],
  "a layer of one's own on top": () => [dense(CLASSES), defineLayer(mixing(CLASSES))],
};

/** The model of such a network. */
export function mixedModel(layers: readonly Layer[], dtype: DType, seed = 4): Model {
  return sequential({ input: [WIDTH], seed, dtype }, layers);
}
