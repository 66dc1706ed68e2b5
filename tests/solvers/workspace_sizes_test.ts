// A workspace serves every system of at most its size as one of that very size would.
import { diagonal, lsmr, martens, memoryUsage, type Tensor, tensor } from "../../mod.ts";
import { type Matrix, matrix } from "../../linalg.ts";
import { denseOperator, type LinearOperator } from "../../operators.ts";
import {
  cgInPlace,
  type CgSolution,
  CgWorkspace,
  directInPlace,
  DirectWorkspace,
  lsmrInPlace,
  LsmrWorkspace,
  minresInPlace,
  MinresWorkspace,
  type Solution,
  type SystemSize,
  type Workspace,
} from "../../solvers.ts";
import type { DType } from "../../src/runtime/dtype.ts";
import type { LinearMap } from "../../src/linalg/operator.ts";
import { matvec } from "../../src/ops/matvec.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { asTensor } from "../oracles/dense_algebra.ts";
import { DTYPES, randomPositive, randomRows } from "../linalg/operators/_cases.ts";
import { KINDS, type System, system } from "./_systems.ts";

const LARGEST = 13;

/** All sizes up to the largest, none next to its neighbours, some of them twice. */
const SIZES = Array.from({ length: 2 * LARGEST }, (_, i) => 1 + (5 * i) % LARGEST)
  .filter((_, i) => i < LARGEST || i % 3 === 0);

/** A way to solve in a workspace, which is planned for a size. */
interface Way {
  readonly plan: (size: SystemSize) => Workspace;
  readonly solve: (workspace: Workspace, system: System) => Partial<CgSolution>;
}

function way<W extends Workspace>(
  plan: (size: SystemSize) => W,
  solve: (workspace: W, system: System) => Partial<CgSolution>,
): Way {
  return { plan, solve: solve as Way["solve"] };
}

const square = ({ size, dtype }: SystemSize) => ({ rows: size, columns: size, dtype });

/** Every option that asks for another vector of the workspace. */
const WAYS: Readonly<Record<string, Way>> = {
  "cg": way(
    (size) => new CgWorkspace(size),
    (workspace, { op, b, x0, preconditioner }) =>
      cgInPlace(workspace, op, b, {
        history: true,
        tolerance: 0,
        ...(x0 && { x0 }),
        ...(preconditioner && { preconditioner }),
      }),
  ),
  "cg, iterates stored": way(
    (size) => new CgWorkspace(size, { isPreconditioned: true, storedIterations: 7 }),
    (workspace, { op, b, preconditioner }) =>
      cgInPlace(workspace, op, b, {
        storeIterates: true,
        tolerance: 0,
        stop: martens(),
        ...(preconditioner && { preconditioner }),
      }),
  ),
  "cg, trust region": way(
    (size) => new CgWorkspace(size),
    (workspace, { op, b }) => cgInPlace(workspace, op, b, { trustRadius: 0.5 }),
  ),
  "minres": way(
    (size) => new MinresWorkspace(size),
    (workspace, { op, b, x0, preconditioner }) =>
      minresInPlace(workspace, op, b, {
        history: true,
        tolerance: 0,
        ...(x0 && { x0 }),
        ...(preconditioner && { preconditioner }),
      }),
  ),
  "lsmr": way(
    (size) => new LsmrWorkspace(square(size)),
    (workspace, { op, b, x0 }) =>
      lsmrInPlace(workspace, op, b, { history: true, tolerance: 0, ...(x0 && { x0 }) }),
  ),
  "lsmr, damped": way(
    (size) => new LsmrWorkspace(square(size), { isDamped: true }),
    (workspace, { op, b }) => lsmrInPlace(workspace, op, b, { history: true, damping: 0.3 }),
  ),
  "direct": way(
    (size) => new DirectWorkspace(size),
    (workspace, { op, b }) => directInPlace(workspace, op, b),
  ),
};

/** All that a solution says, numbers for tensors. */
function contents({ x, direction, iterates, ...rest }: Partial<CgSolution>): unknown {
  return {
    ...rest,
    shape: x?.shape,
    x: x && [...x.data],
    direction: direction && [...direction.data],
    iterates: iterates?.map((stored) => ({ ...stored, x: [...stored.x.data] })),
  };
}

/** Makes every element of a workspace's vectors not a number. */
function poison(workspace: Workspace): void {
  for (const value of Object.values(workspace).flat()) {
    if (value && "data" in value) value.data.fill(NaN);
  }
}

/** A map of rows that are stored. */
function mapOf(a: Matrix): LinearMap {
  return {
    rows: a.rows,
    columns: a.columns,
    dtype: a.tensor.dtype,
    apply: (v, out) => matvec(a, v, out),
    applyTranspose: (u, out) => matvec(a.T, u, out),
  };
}

for (const [name, { plan, solve }] of Object.entries(WAYS)) {
  test(`${name}: systems of any size up to the planned one have the bits of a workspace of that size`, () => {
    for (const dtype of DTYPES) {
      using large = plan({ size: LARGEST, dtype });
      for (const kind of Object.keys(KINDS)) {
        poison(large);
        for (const [seed, n] of SIZES.entries()) {
          // Some systems fail at a product that they count, so each solve has its own.
          const [first, second] = [system(kind, n, seed, dtype), system(kind, n, seed, dtype)];
          using exact = plan({ size: n, dtype });
          equal(contents(solve(large, first)), contents(solve(exact, second)), first.name);
          for (const made of [first, second]) made.dispose();
        }
      }
    }
  });
}

test("lsmr: matrices of fewer rows, fewer columns or both have the bits of a workspace of their shape", () => {
  const [M, N] = [9, 7], dtype: DType = "float64";
  for (const isDamped of [false, true]) {
    using large = new LsmrWorkspace({ rows: M, columns: N, dtype }, { isDamped });
    poison(large);
    for (let i = 0; i < M * N; i++) {
      const rows = 1 + (5 * i) % M, columns = 1 + (3 * i) % N, damping = isDamped ? i % 2 : 0;
      using a = asTensor(randomRows(rows, columns, i), dtype);
      using b = tensor([...randomRows(1, rows, i + 100)[0]], { dtype });
      const map = mapOf(matrix(a));
      using exact = new LsmrWorkspace(map, { isDamped });
      equal(
        contents(lsmrInPlace(large, map, b, { damping, history: true })),
        contents(lsmrInPlace(exact, map, b, { damping, history: true })),
        `${rows} x ${columns}, damping ${damping}`,
      );
    }
  }
});

/** Definite systems of these sizes, with the operators' inverse diagonals. */
function withSystems(
  sizes: readonly number[],
  body: (systems: readonly { op: LinearOperator; b: Tensor; inverse: LinearOperator }[]) => void,
): void {
  const owned: Tensor[] = [];
  const own = (t: Tensor): Tensor => {
    owned.push(t);
    return t;
  };
  const ones = (n: number): Tensor =>
    own(tensor(new Float64Array(n).fill(1), { dtype: "float64", shape: [n] }));
  body(sizes.map((n) => ({
    op: denseOperator(own(asTensor(randomPositive(n, n), "float64")), { isSymmetric: true }),
    b: ones(n),
    inverse: diagonal(ones(n)),
  })));
  for (const t of owned) t.dispose();
}

test("a smaller system starts from the x of the solution before", () => {
  withSystems([4], ([{ op, b }]) => {
    const size = { size: LARGEST, dtype: "float64" } as const;
    using conjugate = new CgWorkspace(size);
    using minimal = new MinresWorkspace(size);
    using squares = new LsmrWorkspace(square(size));
    const solves: [Tensor, (x0?: Tensor) => Solution][] = [
      [conjugate.x, (x0) => cgInPlace(conjugate, op, b, x0 && { x0 })],
      [minimal.x, (x0) => minresInPlace(minimal, op, b, x0 && { x0 })],
      [squares.x, (x0) => lsmrInPlace(squares, op, b, x0 && { x0 })],
    ];
    for (const [whole, solve] of solves) {
      const { x, status } = solve();
      equal(status, "converged");
      for (const x0 of [x, whole.view([op.size])]) {
        const warm = solve(x0);
        equal([warm.status, warm.iterations], ["converged", 0]);
      }
      throws(() => solve(whole), TypeError, /x0 has shape/);
    }
  });
});

test("a system without unknowns is solved in any workspace", () => {
  using empty = tensor(new Float64Array(0), { dtype: "float64" });
  const size = { size: 3, dtype: "float64" } as const, op = diagonal(empty);
  using conjugate = new CgWorkspace(size);
  using minimal = new MinresWorkspace(size);
  using squares = new LsmrWorkspace(square(size), { isDamped: true });
  using exact = new DirectWorkspace(size);
  const solutions = [
    cgInPlace(conjugate, op, empty),
    minresInPlace(minimal, op, empty),
    lsmrInPlace(squares, op, empty),
    directInPlace(exact, op, empty),
  ];
  for (const { x, status } of solutions) equal([x.size, status], [0, "converged"]);
});

test("views of sizes that come again are kept, and no number of sizes is too many", () => {
  const many = 150;
  using workspace = new CgWorkspace({ size: many, dtype: "float64" });
  using b = tensor(new Float64Array(many).fill(1), { dtype: "float64" });
  const solve = (n: number): Tensor => {
    const part = b.view([n]);
    return cgInPlace(workspace, diagonal(part), part).x;
  };
  const blocks = [3, 40, 7, 150, 1], before = blocks.map(solve);
  for (const [i, n] of blocks.entries()) ok(solve(n) === before[i], `size ${n}`);
  for (let n = many; n > 0; n--) equal([...solve(n).data], Array(n).fill(1), `${n}`);
  equal([...before[0].data], [1, 1, 1]);
  ok(solve(3) !== before[0], "views that were not asked for in a long time are let go");
});

test("solves of every size in one workspace allocate 0 bytes", () => {
  withSystems(SIZES, (systems) => {
    const size = { size: LARGEST, dtype: "float64" } as const;
    using conjugate = new CgWorkspace(size, {
      isPreconditioned: true,
      storedIterations: 2 * LARGEST,
    });
    using minimal = new MinresWorkspace(size, { isPreconditioned: true });
    using squares = new LsmrWorkspace(square(size), { isDamped: true });
    // What was released before would hide an allocation from the peak.
    using ballast = tensor(new Float64Array(1));
    const before = memoryUsage();
    for (const { op, b, inverse: preconditioner } of systems) {
      cgInPlace(conjugate, op, b, { preconditioner, storeIterates: true });
      cgInPlace(conjugate, op, b, { history: true, trustRadius: 1e-3 });
      minresInPlace(minimal, op, b, { preconditioner, history: true });
      lsmrInPlace(squares, op, b, { damping: 0.1 });
    }
    const { liveBytes, peakBytes } = memoryUsage();
    equal([liveBytes, peakBytes], [before.liveBytes, before.peakBytes]);
    equal(ballast.size, 1);
  });
});

test("a larger system is refused with both sizes, another dtype too, and the workspace is as it was", () => {
  withSystems([5], ([{ op, b }]) => {
    using single = tensor(new Float32Array(3).fill(1));
    const size = { size: 4, dtype: "float64" } as const;
    const refused = [
      ["CgWorkspace", new CgWorkspace(size), cgInPlace],
      ["MinresWorkspace", new MinresWorkspace(size), minresInPlace],
      ["LsmrWorkspace", new LsmrWorkspace({ ...square(size), rows: 5 }), lsmrInPlace],
      ["DirectWorkspace", new DirectWorkspace(size), directInPlace],
    ] as const;
    for (const [name, workspace, solve] of refused) {
      const run = solve as unknown as (...args: unknown[]) => unknown;
      workspace.x.data.fill(7);
      const sizes = new RegExp(`has 5 unknowns, the ${name} was planned for at most 4`);
      throws(() => run(workspace, op, b), TypeError, sizes);
      throws(() => run(workspace, diagonal(single), single), TypeError, /float64, not float32/);
      equal([...workspace.x.data], [7, 7, 7, 7]);
      workspace.dispose();
    }
  });
});

test("lsmr() in a workspace refuses more rows than it was planned for, damped or not", () => {
  using a = asTensor(randomRows(6, 2, 1), "float64");
  using b = tensor([...randomRows(1, 6, 2)[0]], { dtype: "float64" });
  const map = mapOf(matrix(a));
  for (const isDamped of [false, true]) {
    using low = new LsmrWorkspace({ rows: 5, columns: 4, dtype: "float64" }, { isDamped });
    const sizes = /has 6 rows, the LsmrWorkspace was planned for at most 5/;
    throws(() => lsmrInPlace(low, map, b), TypeError, sizes);
  }
  using undamped = new LsmrWorkspace({ rows: 7, columns: 4, dtype: "float64" });
  throws(() => lsmrInPlace(undamped, map, b, { damping: 1 }), TypeError, /without damping/);
  using alone = lsmr(map, b);
  equal([...lsmrInPlace(undamped, map, b).x.data], [...alone.x.data]);
});
