// What to tell of a step that met NaN or infinity: where in the run, how the loss was, and what to change.
import type { Optimizer } from "../optimizers/optimizer.ts";
import { NonFiniteError } from "../runtime/errors.ts";

/** What a smaller or a safer step is asked for by, in the order in which to try. */
const REMEDIES: readonly (readonly [option: string, what: string])[] = [
  ["damping", "raise"],
  ["initialDamping", "raise"],
  ["learningRate", "lower"],
  ["maximumIncrease", "lower"],
];

/** Where in a run it happened. */
export interface Place {
  /** What was done, for example "take step 3 of 10", steps counted from 1 as in progress. */
  readonly action: string;
  /** The step as the optimizer counts it. */
  readonly optimizerStep: number;
  /** Mean loss of the step before. */
  readonly lossBefore: number | undefined;
  /** True where a setting of the run would have passed over it. */
  readonly canSkip: boolean;
}

/** The error with all that is known of it. */
export function explained(
  error: NonFiniteError,
  optimizer: Optimizer,
  { action, optimizerStep, lossBefore, canSkip }: Place,
): NonFiniteError {
  const { isInData, where } = error;
  const before = lossBefore === undefined ? "" : ` after a loss of ${lossBefore}`;
  const advice = [
    ...(isInData ? ["correct the sample"] : changes(optimizer)),
    ...(canSkip ? ['pass over such steps by onNonFinite: "skip"'] : []),
  ];
  const details = { isInData, lossBefore, advice, cause: error };
  return new NonFiniteError(action + before, where, optimizerStep, details);
}

/** What to change of the options that the optimizer has. */
function changes({ options }: Optimizer): string[] {
  return REMEDIES.filter(([option]) => Object.hasOwn(options ?? {}, option)).map(
    ([option, what]) => {
      const value = options[option];
      const isLimit = typeof value === "number" && value < Number.MAX_VALUE;
      return `${what} ${option}${isLimit ? ` (${value})` : ""}`;
    },
  );
}
