// Every loss of the library. Its row is all that is told of a loss: the tests of derivatives, of capabilities, of bad
// arguments and of signatures have it from here; its twin in numbers stands with the oracles.
import * as api from "../_support/api.ts";
import type { Loss } from "../../mod.ts";
import type { Domains } from "../api/_domains.ts";
import type { Change } from "./_layers.ts";

/** What is told of a loss. */
export interface LossRow {
  readonly loss: Loss;
  /** What the function takes. */
  readonly args: readonly unknown[];
  /** Every option changed, for the signatures of checkpoints. */
  readonly changes: readonly Change[];
  /** What options take that takes one of the bad values. */
  readonly domains: Domains;
  /** Whether targets may be indices of classes. */
  readonly takesIndices: boolean;
}

type Told = Partial<Pick<LossRow, "changes" | "domains" | "takesIndices">>;

function row<Make extends (...args: never[]) => Loss>(
  make: Make,
  args: Parameters<Make>,
  { changes = [], domains = {}, takesIndices = false }: Told = {},
): LossRow {
  return { loss: make(...args), args, changes, domains, takesIndices };
}

const DELTA: Told = {
  changes: [["0", 0.25, "delta is 0.5, not 0.25"]],
  domains: { "0": "positive" },
};

/** By the name of the function that makes it. */
export const LOSSES: Readonly<Record<string, LossRow>> = {
  squaredError: row(api.squaredError, []),
  sigmoidCrossEntropy: row(api.sigmoidCrossEntropy, []),
  softmaxCrossEntropy: row(api.softmaxCrossEntropy, [], { takesIndices: true }),
  huber: row(api.huber, [0.5], DELTA),
  pseudoHuber: row(api.pseudoHuber, [0.5], DELTA),
  poisson: row(api.poisson, []),
  welsch: row(api.welsch, []),
  expectedZeroOne: row(api.expectedZeroOne, [], { takesIndices: true }),
};
