// Methods and grids of the Hessian-free bench.
import {
  adam,
  blockHessianFree,
  heavyBall,
  hessianFree,
  kfac,
  type Optimizer,
  type PartitionRule,
  sgd,
} from "../../mod.ts";
import type { Axis, Settings } from "./moving_grid.ts";

/** A method whose settings a grid varies. */
export interface Method {
  /** Methods of which charts show the best. */
  readonly family: string;
  readonly axes: Readonly<Record<string, Axis>>;
  readonly make: (settings: Settings) => Optimizer;
  /** Samples of a step in parts of the problem's batch: 8 are an eighth of it. @default 1 */
  readonly batchParts?: number;
  /** Gradients of the batch that a step costs, where its report does not count. @default 1 */
  readonly gradients?: number;
}

const BLOCKS: Readonly<Record<string, PartitionRule>> = { blocks1: 1, blocks3: 3, sites: "site" };
const PARTS = [1, 4, 8];
const DAMPINGS: Axis = [0.1, 1, 10];

const WHOLE = PARTS.map((
  curvatureChunks,
): [string, Method] => [`hessianFree_parts${curvatureChunks}`, {
  family: "hessianFree",
  axes: { initialDamping: DAMPINGS },
  make: (settings) => hessianFree({ ...settings, curvatureChunks }),
}]);

const BY_BLOCKS = (["safe", "plain"] as const).flatMap((mode) =>
  Object.entries(BLOCKS).flatMap(([name, partition]) =>
    PARTS.map((curvatureChunks): [string, Method] => [`${mode}_${name}_parts${curvatureChunks}`, {
      family: mode,
      axes: mode === "safe"
        ? { initialDamping: DAMPINGS }
        : { learningRate: [0.1, 0.3, 1], initialDamping: DAMPINGS },
      make: (settings) => blockHessianFree({ ...settings, mode, partition, curvatureChunks }),
    }])
  )
);

const ADAM: Method = {
  family: "adam",
  axes: { learningRate: [1e-4, 3e-4, 1e-3, 3e-3, 1e-2] },
  make: (settings) => adam(settings),
};

const SGD: Method = {
  family: "sgd",
  axes: { learningRate: [3e-3, 1e-2, 3e-2, 1e-1, 3e-1] },
  make: (settings) => sgd({ ...settings, momentum: heavyBall(0.9) }),
};

/** By name. First-order methods have the batch of the others and an eighth of it, which suits them better. */
export const METHODS: Readonly<Record<string, Method>> = {
  ...Object.fromEntries([...WHOLE, ...BY_BLOCKS]),
  kfac: {
    family: "kfac",
    axes: { learningRate: [0.03, 0.1, 0.3, 1, 3], damping: [0.01, 0.1, 1] },
    make: (settings) => kfac(settings),
    // The second is that for drawn targets.
    gradients: 2,
  },
  adam: ADAM,
  adam_eighth: { ...ADAM, batchParts: 8 },
  sgd: SGD,
  sgd_eighth: { ...SGD, batchParts: 8 },
};

/** One of each family. */
export const SMALL_METHODS: readonly string[] = [
  "hessianFree_parts1",
  "safe_blocks3_parts1",
  "safe_sites_parts4",
  "plain_sites_parts1",
  "kfac",
  "adam",
  "sgd_eighth",
];

/** Methods of a list of names and families; all of `among` without a list. */
export function methodsOf(list: string | undefined, among: readonly string[]): string[] {
  if (list === undefined) return [...among];
  return list.split(",").flatMap((name) => {
    const found = Object.hasOwn(METHODS, name)
      ? [name]
      : among.filter((method) => METHODS[method].family === name);
    if (found.length > 0) return found;
    throw new RangeError(`Cannot run method "${name}": there is no such, nor such a family`);
  });
}
