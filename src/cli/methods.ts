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
  /** Settings in short, with the optimizer they make. More than one: the demo searches among them. */
  readonly candidates: readonly Candidate[];
}

/** One choice of settings. */
export interface Candidate {
  /** What makes it differ from its rivals, for example "learningRate 0.001". */
  readonly label: string;
  /** The optimizer. */
  readonly optimizer: Optimizer;
}

/** L2 coefficient of every method, that of the code of Goldfarb, Ren & Bahamou 2020. */
export const L2 = 1e-5;

type Settings = Readonly<Record<string, unknown>>;

function candidates<T extends Settings>(
  make: (settings: T & { l2: number }) => Optimizer,
  settings: readonly T[],
  constants: Settings = {},
): readonly Candidate[] {
  return settings.map((tried) => ({
    label: Object.entries(tried).map(([name, value]) => `${name} ${value}`).join(", "),
    optimizer: make({ ...constants, ...tried, l2: L2 }),
  }));
}

// First the authors' choice for MNIST. The second is the best on CURVES of about fifteen pairs that were tried, learning
// rates from 0.3 to 3 and damping from 0.03 to 3, some for a few epochs only; half of them diverged, and it can later.
const K_BFGS = [{ learningRate: 0.3, damping: 0.3 }, { learningRate: 3, damping: 1 }];
// As the authors' baseline on MNIST.
const K_FAC = [{ learningRate: 1, damping: 3 }];
// The usual number of pairs; not tuned.
const L_BFGS = [{ memory: 10 }];

/** The methods, by name. */
export const METHODS: Readonly<Record<string, Method>> = {
  "k-bfgs": {
    title: "K-BFGS",
    order: "second",
    candidates: candidates(kBfgs, K_BFGS),
  },
  "k-bfgs-2020": {
    title: "K-BFGS (2020)",
    order: "second",
    candidates: candidates(kBfgs, K_BFGS.slice(0, 1), { mode: "2020" }),
  },
  "k-bfgs-l": {
    title: "K-BFGS(L)",
    order: "second",
    candidates: candidates(kBfgs, K_BFGS, { memory: 100 }),
  },
  "k-fac": {
    title: "K-FAC",
    order: "second",
    candidates: candidates(kfac, K_FAC),
  },
  // Made for objectives that do not change: here each step has another batch, and pairs are of earlier ones.
  "l-bfgs": {
    title: "L-BFGS",
    order: "second",
    candidates: candidates(lbfgs, L_BFGS),
  },
  "adam": {
    title: "Adam",
    order: "first",
    candidates: candidates(adam, [3e-4, 1e-3, 3e-3].map((learningRate) => ({ learningRate }))),
  },
  "sgd": {
    title: "SGD",
    order: "first",
    candidates: candidates(sgd, [3e-4, 1e-3, 3e-3].map((learningRate) => ({ learningRate })), {
      momentum: heavyBall(0.9),
    }),
  },
};
