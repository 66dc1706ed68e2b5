// The problems on which positive-curvature Hessians are compared with their oracles.
import type { DType, Linearization, Tensor } from "../../mod.ts";
import { Scope, tensor } from "../../mod.ts";
import { LOSS_CASES, randomRows, type Twin, twin, type TwinLayer } from "../_support/twins.ts";
import type { LossOracle } from "../oracles/loss_derivatives.ts";
import type { Rows } from "../oracles/matrices.ts";

const INPUTS = 4;

/** Hidden activations that bend, and one that does not. */
export const ACTIVATIONS = ["tanh", "sigmoid", "softplus", "relu"] as const;

/** The criteria of the table: convex and not, with closed forms and without. */
export const CRITERIA = [
  "softmaxIndices",
  "softmaxWeights",
  "sigmoidCrossEntropy",
  "squaredError",
  "welsch",
  "zeroOneIndices",
  "zeroOneWeights",
] as const;

/** A linearized twin. */
export interface Case extends Twin {
  readonly lin: Linearization;
  readonly oracle: LossOracle;
  readonly x: Rows;
  readonly y: Rows;
  [Symbol.dispose](): void;
}

/** What a case is made of. */
export interface CaseOptions {
  readonly dtype?: DType;
  readonly criterion?: keyof typeof LOSS_CASES;
  readonly layers?: readonly TwinLayer[];
  readonly batchSize?: number;
  /** Repeat the first sample. */
  readonly copies?: boolean;
}

/** 4-5-4-3 with one hidden activation. */
export function chainOf(activation: typeof ACTIVATIONS[number] | undefined): TwinLayer[] {
  const hidden = activation ? { activation } : {};
  return [{ units: 5, ...hidden }, { units: 4, ...hidden }, { units: 3 }];
}

/** Makes a case. */
export function caseOf(options: CaseOptions = {}): Case {
  const { dtype = "float64", criterion = "softmaxIndices", batchSize = 6 } = options;
  const { layers = chainOf("tanh"), copies = false } = options;
  const made = twin({ inputs: INPUTS, layers, dtype, seed: 4 });
  const { loss, oracle, targets } = LOSS_CASES[criterion];
  const scope = new Scope();
  scope.own(made.model);
  const repeat = <T>(rows: T[]): T[] => copies ? rows.map(() => rows[0]) : rows;
  const { given, dense } = targets(7, batchSize, layers[layers.length - 1].units);
  const x = repeat(randomRows(6, batchSize, INPUTS));
  const input = scope.own(tensor(x, { dtype }));
  const target = scope.own(tensor(repeat(given as number[]), { dtype }));
  const lin = scope.own(made.model.linearize(loss, { input, target }));
  const dispose = (): void => scope.dispose();
  return { ...made, lin, oracle, x, y: repeat(dense), [Symbol.dispose]: dispose };
}

/** The matrices (O, O) of a tensor, one for each sample. */
export function matricesOf(t: Tensor): Rows[] {
  return t.toArray() as unknown as Rows[];
}
