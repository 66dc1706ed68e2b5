// What each solver says of its memory, measured.
import { cg, diagonal, lsmr, memoryUsage, minres, tensor } from "../../mod.ts";
import {
  cgInPlace,
  CgWorkspace,
  direct,
  lsmrInPlace,
  LsmrWorkspace,
  minresInPlace,
  MinresWorkspace,
} from "../../solvers.ts";
import { denseOperator } from "../../operators.ts";
import { blockBytes } from "../../src/runtime/arena.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { asTensor } from "../oracles/dense_algebra.ts";
import { randomPositive } from "../linalg/operators/_cases.ts";

const N = 50;
const BLOCK = blockBytes(8 * N);

function measured(body: () => void): { live: number; peak: number } {
  const { liveBytes, peakBytes } = memoryUsage();
  body();
  return { live: memoryUsage().liveBytes - liveBytes, peak: memoryUsage().peakBytes - peakBytes };
}

test("solves in a workspace allocate 0 bytes", () => {
  using a = asTensor(randomPositive(N, 1), "float64");
  using b = tensor(new Float64Array(N).fill(1), { dtype: "float64" });
  using d = tensor(new Float64Array(N).fill(1 / N), { dtype: "float64" });
  const op = denseOperator(a, { isSymmetric: true }), preconditioner = diagonal(d);
  using conjugate = new CgWorkspace(op, { isPreconditioned: true, storedIterations: 2 * N });
  using minimal = new MinresWorkspace(op, { isPreconditioned: true });
  using squares = new LsmrWorkspace(op, { isDamped: true });
  // What was released before would hide an allocation from the peak.
  const ballast = tensor(new Float64Array(1));
  const options = { tolerance: 1e-12, history: true };
  const solves = [
    () => cgInPlace(conjugate, op, b, { ...options, preconditioner, storeIterates: true }),
    () => cgInPlace(conjugate, op, b, { ...options, trustRadius: 1e-3 }),
    () => minresInPlace(minimal, op, b, options),
    () => minresInPlace(minimal, op, b, { ...options, preconditioner }),
    () => lsmrInPlace(squares, op, b, options),
    () => lsmrInPlace(squares, op, b, { ...options, damping: 0.1 }),
  ];
  for (const solve of solves) equal(measured(solve), { live: 0, peak: 0 });
  ballast.dispose();
});

test("workspaces have the vectors that they promise", () => {
  const size = { size: N, dtype: "float64" } as const;
  const vectors = (make: () => unknown): number => measured(make).live / BLOCK;
  const made: { dispose(): void }[] = [];
  const plan = (workspace: { dispose(): void }): unknown => made.push(workspace);
  equal(vectors(() => plan(new CgWorkspace(size))), 5);
  equal(vectors(() => plan(new CgWorkspace(size, { isPreconditioned: true }))), 6);
  equal(vectors(() => plan(new CgWorkspace(size, { storedIterations: 20 }))), 5 + 7);
  equal(vectors(() => plan(new MinresWorkspace(size))), 8);
  equal(vectors(() => plan(new MinresWorkspace(size, { isPreconditioned: true }))), 10);
  equal(vectors(() => plan(new LsmrWorkspace({ rows: N, columns: N, dtype: "float64" }))), 8);
  for (const workspace of made) workspace.dispose();
});

test("a solution holds x and what was asked for, and gives it back", () => {
  using a = asTensor(randomPositive(N, 2), "float64");
  using b = tensor(new Float64Array(N).fill(1), { dtype: "float64" });
  using indefinite = tensor(new Float64Array(N).fill(-1), { dtype: "float64" });
  const op = denseOperator(a, { isSymmetric: true });
  direct(op, b).dispose();
  for (const solve of [cg, minres, lsmr, direct]) {
    let solution: { dispose(): void } | undefined;
    equal(measured(() => solution = solve(op, b)).live, BLOCK, "x");
    equal(measured(() => solution?.dispose()).live, -BLOCK, "disposed");
  }
  let solution: { dispose(): void } | undefined;
  equal(measured(() => solution = cg(diagonal(indefinite), b)).live, 2 * BLOCK, "x, direction");
  equal(measured(() => solution?.dispose()).live, -2 * BLOCK, "disposed");
});
