// Normalization: x̂ = (x - mean) r, r = 1 / √(variance + ε), then y = γ x̂ + β for each feature. What layers of this kind
// differ in is what mean and variance are of, and whether there are a mean and a β.
import { columnOf, fillEvery } from "../../ops/strided.ts";
import { fill } from "../../ops/vector.ts";
import type { PlainRecord } from "../../runtime/plain_data.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Initializer } from "../sites/initializers.ts";
import type { SiteDescription } from "../sites/site.ts";
import { SCALE } from "../sites/site_form.ts";
import { BoundNormalization, type Statistics } from "./bound_normalization.ts";
import type { BindContext, BoundLayer, Layer } from "./layer.ts";
import type { Coupling, StateDescription } from "./layer_state.ts";

/** What a layer of this kind is made of. */
export interface Normalization {
  /** What messages call it. */
  readonly kind: string;
  /** Its settings. */
  readonly options: PlainRecord;
  /** "each" where nothing meets elements of several time steps. */
  readonly steps?: Layer["steps"];
  /** Has a β. */
  readonly shifts: boolean;
  /** Refuses samples of a shape, with a last axis and elements, that does not suit. */
  readonly checkInput?: (input: Shape) => void;
  /** What it keeps besides. */
  readonly stateOf?: (features: number) => StateDescription[];
  /** How the samples of a batch meet, by the positions of one. */
  readonly couplingOf?: (positions: number) => Coupling;
  /** Plans how x̂ comes from the input. */
  readonly statistics: (context: BindContext) => Statistics;
}

/** γ = 1, β = 0. */
const unitScale: Initializer = ({ weight }) => {
  const [rows, columns] = weight.shape;
  fillEvery(fill(weight, 0), columnOf(rows, columns, 0), 1);
};

/** Makes the layer. */
export function normalization(made: Normalization): Layer {
  const { kind, options, steps, shifts, stateOf, couplingOf, statistics } = made;
  const featuresOf = (input: Shape): number => {
    checkShape(`apply ${kind}`, input);
    const features = input.at(-1) ?? 0;
    if (sizeOf(input) === 0 || features < 1) {
      throw new TypeError(
        `Cannot apply ${kind} to samples of shape ${formatShape(input)}: it needs a last axis`,
      );
    }
    made.checkInput?.(input);
    return features;
  };
  return Object.freeze({
    kind,
    steps,
    options: Object.freeze(options),
    outputShape: (input: Shape): Shape => {
      featuresOf(input);
      return input;
    },
    sites: (input: Shape): SiteDescription[] => {
      const features = featuresOf(input);
      const names = shifts ? ["weight", "bias"] : ["weight"];
      return [{
        kind,
        form: SCALE,
        outputs: features,
        inputs: names.length,
        hasBias: shifts,
        positions: sizeOf(input) / features,
        initializer: unitScale,
        arrays: names.map((name, column) => ({ name, shape: [features], column: () => column })),
      }];
    },
    ...(stateOf && { state: (input: Shape) => stateOf(featuresOf(input)) }),
    ...(couplingOf && {
      couplesSamples: (input: Shape) => {
        const features = featuresOf(input);
        return couplingOf(sizeOf(input) / features);
      },
    }),
    bind: (context: BindContext): BoundLayer => new BoundNormalization(context, shifts, statistics),
  });
}
