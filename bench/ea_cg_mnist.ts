import { benchOn } from "./_support/ea_cg_convergence.ts";
import type { Bench } from "./_support/report.ts";

/** On MNIST; for its options see the question. */
export const bench: Bench = benchOn("mnist");
