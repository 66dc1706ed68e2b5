// The problem on which methods are compared with their oracles: several mini-batches, visited in turn.
import type { Batch, DType, Loss } from "../../mod.ts";
import { Scope, tensor } from "../../mod.ts";
import { LOSS_CASES, randomRows, type Twin, twin, type TwinLayer } from "../_support/twins.ts";
import type { LossOracle } from "../oracles/loss_derivatives.ts";
import type { Rows } from "../oracles/matrices.ts";

/** One mini-batch in both forms. */
export interface TwinBatch {
  readonly batch: Batch;
  readonly x: Rows;
  readonly y: Rows;
}

/** A model with data. */
export interface TwinProblem extends Twin {
  readonly loss: Loss;
  readonly oracle: LossOracle;
  readonly batches: readonly TwinBatch[];
  [Symbol.dispose](): void;
}

/** What a problem is made of. */
export interface TwinProblemOptions {
  readonly dtype?: DType;
  readonly lossName?: keyof typeof LOSS_CASES;
  readonly layers?: readonly TwinLayer[];
  readonly batchSize?: number;
  readonly seed?: number;
}

const INPUTS = 4;
const LAYERS: readonly TwinLayer[] = [
  { units: 6, activation: "tanh" },
  { units: 5, activation: "silu" },
  { units: 3 },
];

/** Makes twins and three mini-batches. */
export function twinProblem(options: TwinProblemOptions = {}): TwinProblem {
  const { dtype = "float64", lossName = "softmaxIndices", layers = LAYERS, seed = 1 } = options;
  const { batchSize = 8 } = options;
  const made = twin({ inputs: INPUTS, layers, dtype, seed });
  const { loss, oracle, targets } = LOSS_CASES[lossName];
  const outputs = layers[layers.length - 1].units;
  const scope = new Scope();
  scope.own(made.model);
  const batches = [0, 1, 2].map((index) => {
    const x = randomRows(10 * seed + index, batchSize, INPUTS);
    const { given, dense } = targets(20 * seed + index, batchSize, outputs);
    const input = scope.own(tensor(x, { dtype }));
    const target = scope.own(tensor(given, { dtype }));
    return { batch: { input, target }, x, y: dense };
  });
  return { ...made, loss, oracle, batches, [Symbol.dispose]: () => scope.dispose() };
}
