// The optimizers that the demo offers, each with the settings it tries.
import { adam } from "../optimizers/adam.ts";
import { kBfgs } from "../optimizers/k_bfgs.ts";
import { kfac } from "../optimizers/kfac.ts";
import { lbfgs } from "../optimizers/lbfgs.ts";
import { heavyBall } from "../optimizers/momentum.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { sgd } from "../optimizers/sgd.ts";

/** A way to train, by its name on the command line. */
export interface Method {
  /** Its name in print. */
  readonly title: string;
  /** What it stands for, which decides how many epochs fit in the time. */
  readonly order: "first" | "second";
  /** The candidates that are tried at first; empty for a method without a step size, which is not searched. */
  readonly rungs: readonly number[];
  /** The candidate whose step size stands on this rung of the ladder. */
  candidate(rung: number): Candidate;
}

/** One choice of settings. */
export interface Candidate {
  /** What makes it differ from its rivals, for example "learningRate 0.001". */
  readonly label: string;
  /** What is set; all else is as the optimizer has it by default. */
  readonly given: Settings;
  /** The optimizer. */
  readonly optimizer: Optimizer;
}

/** L2 coefficient of every method, that of the code of Goldfarb, Ren & Bahamou 2020. */
export const L2 = 1e-5;

/** Settings by name. */
export type Settings = Readonly<Record<string, unknown>>;
type Make = (settings: never) => Optimizer;

/** The step size of a rung: 1, 3, 10, 30, … and as far down; rung 0 is 1. */
export function stepSize(rung: number): number {
  return Number(`${rung % 2 === 0 ? 1 : 3}e${Math.floor(rung / 2)}`);
}

function method(
  title: string,
  order: Method["order"],
  make: Make,
  rungs: readonly number[],
  constants: Settings = {},
): Method {
  return {
    title,
    order,
    rungs,
    candidate: (rung): Candidate => {
      const tried = rungs.length > 0 ? { learningRate: stepSize(rung) } : {};
      const given = { ...tried, ...constants, l2: L2 };
      const label = Object.entries({ ...tried, ...plain(constants) })
        .map(([name, value]) => `${name} ${value}`).join(", ");
      return { label, given, optimizer: make(given as never) };
    },
  };
}

function plain(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, v]) => typeof v !== "object"));
}

// The search is for the step size alone, in equal steps of the ladder for all methods; what else a method has
// was chosen beforehand and stands here. Searches go on beyond their rungs where the best is at an end.
const K_BFGS = { damping: 1 };
// As the authors' baseline on MNIST.
const K_FAC = { damping: 3 };

/** The methods, by name. */
export const METHODS: Readonly<Record<string, Method>> = {
  "k-bfgs": method("K-BFGS", "second", kBfgs, [-1, 0, 1], K_BFGS),
  "k-bfgs-2020": method("K-BFGS (2020)", "second", kBfgs, [-2, -1, 0], {
    damping: 0.3,
    mode: "2020",
  }),
  "k-bfgs-l": method("K-BFGS(L)", "second", kBfgs, [-1, 0, 1], { ...K_BFGS, memory: 100 }),
  "k-fac": method("K-FAC", "second", kfac, [-2, -1, 0], K_FAC),
  // Made for objectives that do not change: here each step has another batch, and pairs are of earlier ones.
  "l-bfgs": method("L-BFGS", "second", lbfgs, [], { memory: 10 }),
  "adam": method("Adam", "first", adam, [-6, -5, -4]),
  "sgd": method("SGD", "first", sgd, [-6, -5, -4], { momentum: heavyBall(0.9) }),
};
