/**
 * Solvers of linear systems, with the workspaces of those that run many times.
 *
 * @module
 */
export { cg, cgInPlace, CgWorkspace } from "./src/solvers/cg.ts";
export type { CgOptions, CgSolution, CgWorkspaceOptions } from "./src/solvers/cg.ts";
export { direct, directInPlace, DirectWorkspace } from "./src/solvers/direct.ts";
export type { DirectOptions } from "./src/solvers/direct.ts";
export { kroneckerCg } from "./src/solvers/kronecker_cg.ts";
export type { KroneckerCgOptions } from "./src/solvers/kronecker_cg.ts";
export { lsmr, lsmrInPlace, LsmrWorkspace } from "./src/solvers/lsmr.ts";
export type { LsmrOptions, LsmrWorkspaceOptions } from "./src/solvers/lsmr.ts";
export { martens } from "./src/solvers/martens.ts";
export type { MartensOptions } from "./src/solvers/martens.ts";
export { minres, minresInPlace, MinresWorkspace } from "./src/solvers/minres.ts";
export type { MinresOptions, MinresWorkspaceOptions } from "./src/solvers/minres.ts";
export type {
  Owned,
  Solution,
  SolverHistory,
  SolverOptions,
  SolverStatus,
} from "./src/solvers/solver.ts";
export type { StopRule } from "./src/solvers/stop_rule.ts";
export { IterateStore } from "./src/solvers/stored_iterates.ts";
export type { StoredIterate } from "./src/solvers/stored_iterates.ts";
export { Workspace } from "./src/solvers/workspace.ts";
export type { SystemSize } from "./src/solvers/workspace.ts";
