import { benchOn } from "./_support/ea_cg_convergence.ts";
import type { Bench } from "./_support/report.ts";

/** On CIFAR-10, of which one training batch is enough; for its options see the question. */
export const bench: Bench = benchOn("cifar10");
