// What EA-CG's curvature and its solves cost beside a gradient, KFI and Gauss-Newton with conjugate gradients, on the
// CIFAR-10 network of its paper's re-run.
import { denseChain } from "../src/curvature/dense_chain.ts";
import { gaussNewton } from "../src/curvature/gauss_newton.ts";
import { meanPreActivationHessians } from "../src/curvature/pre_activation.ts";
import { kroneckerGram } from "../src/linalg/operators/kronecker_gram.ts";
import { matrix } from "../src/ops/matrix.ts";
import { eaCg } from "../src/optimizers/ea_cg.ts";
import { kfi } from "../src/optimizers/kfi.ts";
import type { Optimizer } from "../src/optimizers/optimizer.ts";
import { sgd } from "../src/optimizers/sgd.ts";
import { memoryUsage, setAllocationFault } from "../src/runtime/memory.ts";
import { kroneckerCg } from "../src/solvers/kronecker_cg.ts";
import { cg } from "../src/solvers/cg.ts";
import { zeros } from "../src/tensor/create.ts";
import { Tensor } from "../src/tensor/tensor.ts";
import { BATCH_SIZE, LOSSES, network, SETTINGS } from "./_support/ea_cg_runs.ts";
import { type Case, filled, measure, type Row, rowOf, slowdown } from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";

const INPUTS = 3072;
const ROUNDS = 5;
const ALPHA = 0.02;
/** Iterations of the solves whose difference gives the cost of one. */
const ITERATIONS = 20;

const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  "sgd step": sgd({ learningRate: 1e-4 }),
  "eaCg step, compressed": eaCg({ learningRate: 1e-4 }),
  "eaCg step, full as published": eaCg({ learningRate: 1e-4, form: "full" }),
  "eaCg step, direct": eaCg({ learningRate: 1e-4, form: "direct" }),
  "kfi step": kfi({ learningRate: 1e-4 }),
};

interface Measured extends Case {
  readonly figures?: Row["figures"];
}

/** Megabytes that something takes when it is made. */
function megabytesOf<T>(make: () => T): [made: T, megabytes: number] {
  const before = memoryUsage().liveBytes;
  const made = make();
  return [made, (memoryUsage().liveBytes - before) / 1e6];
}

/** Megabytes that are taken at most while something runs, besides those before it. */
function mostMegabytes(run: () => void): number {
  const before = memoryUsage().liveBytes;
  let most = before;
  setAllocationFault((bytes) => {
    most = Math.max(most, memoryUsage().liveBytes + bytes);
    return false;
  });
  try {
    run();
  } finally {
    setAllocationFault(undefined);
  }
  return (most - before) / 1e6;
}

function steps(): Measured[] {
  const input = filled([BATCH_SIZE, INPUTS], "float32"), target = zeros([BATCH_SIZE]);
  target.data.forEach((_, i) => target.data[i] = i % 10);
  const batch = { input, target }, loss = LOSSES.crossEntropy;
  const model = network(SETTINGS.cifar10, [INPUTS], 1);
  const [gradient, gradientMegabytes] = megabytesOf(() => zeros([model.parameterCount]));
  const cases: Measured[] = Object.entries(OPTIMIZERS).map(([name, optimizer]) => {
    const own = network(SETTINGS.cifar10, [INPUTS], 1);
    const [state, megabytes] = megabytesOf(() => optimizer.init(own));
    const run = (): unknown => optimizer.step(state, { model: own, loss, batch });
    own.linearize(loss, batch).dispose();
    const figures = {
      "MB of state besides the gradient": megabytes - gradientMegabytes,
      "MB more in a step": mostMegabytes(run),
    };
    return { name, figures, run };
  });
  const lin = model.linearize(loss, batch), sites = denseChain("measure", lin);
  const hessians = sites.map(({ weight: { shape: [n] } }) => new Tensor("float32", [n, n]));
  const damped = gaussNewton(lin).scale(1 - ALPHA).add(ALPHA);
  let iterations = 0;
  const gaussNewtonCase: Measured = {
    name: "GN-CG solve",
    run: () => {
      using solution = cg(damped, lin.gradient(gradient), { tolerance: 0.1, maxIterations: 50 });
      iterations = solution.iterations;
    },
  };
  return [
    {
      name: "gradient",
      run: () => {
        using once = model.linearize(loss, batch);
        once.gradient(gradient);
      },
    },
    {
      name: "recursion",
      run: () => meanPreActivationHessians(lin, sites, "abs", "mean", hessians),
    },
    ...cases,
    {
      ...gaussNewtonCase,
      get figures() {
        return { iterations };
      },
    },
  ];
}

/** Solves of the first site's system, 1024 x 3072. */
function solves(): Case[] {
  const [n, d] = [1024, INPUTS];
  const half = filled([n, n], "float32", 3), h = new Tensor("float32", [n, n]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      h.data[i * n + j] = h.data[j * n + i] = half.data[i * n + j] + (i === j ? n : 0);
    }
  }
  const mean = filled([1, d], "float32", 4), b = filled([n, d], "float32", 5);
  const op = kroneckerGram(h, matrix(mean), 1 / n, { isPositiveSemidefinite: true });
  return (["full", "compressed"] as const).flatMap((form) =>
    [0, ITERATIONS].map((maxIterations) => ({
      name: `${form}, ${maxIterations} iterations`,
      run: () => {
        using solution = kroneckerCg(op, b, {
          alpha: ALPHA,
          form,
          tolerance: 1e-30,
          maxIterations,
        });
        if (solution.iterations !== maxIterations) throw new Error("the solve ended early");
      },
    }))
  );
}

async function run(): Promise<Outcome> {
  const all: readonly Measured[] = steps(), systems = solves();
  const effort = { rounds: ROUNDS, sampleMilliseconds: 0, warmUpMilliseconds: 0 };
  const samples = new Map([...await measure(all, effort), ...await measure(systems, effort)]);
  const timed = (name: string): readonly number[] => samples.get(name) ?? [];
  const perIteration = (form: string): number[] => {
    const [none, some] = [0, ITERATIONS].map((count) => timed(`${form}, ${count} iterations`));
    return some.map((time, round) => (time - none[round]) / ITERATIONS);
  };
  samples.set("full, one iteration", perIteration("full"));
  samples.set("compressed, one iteration", perIteration("compressed"));
  samples.set(
    "recursion and solves",
    timed("eaCg step, compressed").map((time, round) => time - timed("sgd step")[round]),
  );
  const named = (name: string): Case => ({ name, run: () => {} });
  const rows: Row[] = [
    ...[...all, named("recursion and solves")].map((item: Measured) => ({
      ...rowOf(item, samples),
      ratios: { "of a gradient": slowdown(samples, item.name, "gradient") },
      ...(item.figures && { figures: item.figures }),
    })),
    ...["full, one iteration", "compressed, one iteration"].map((name) =>
      rowOf(named(name), samples)
    ),
  ];
  const megabytes = (name: string, what = "of state besides the gradient"): number =>
    Number(rows.find((row) => row.name === name)?.figures?.[`MB ${what}`]);
  return {
    rows,
    targets: [
      {
        what: "the recursion and the solves as a share of a gradient",
        atMost: 0.35,
        measured: slowdown(samples, "recursion and solves", "gradient"),
      },
      {
        what: "an iteration of the full form over one that is compressed, 1024 x 3072",
        atLeast: 10,
        measured: slowdown(samples, "full, one iteration", "compressed, one iteration"),
      },
      {
        what: "MB of EA-CG besides the gradient",
        atMost: 6,
        measured: megabytes("eaCg step, compressed"),
      },
    ],
    notes: ["kfi step", "eaCg step, compressed"].map((name) =>
      `${name}: ${megabytes(name).toFixed(1)} MB besides the gradient and ${
        megabytes(name, "more in a step").toFixed(1)
      } more in a step`
    ),
  };
}

/** Steps and solves at batch 500. */
export const bench: Bench = {
  question: "What do EA-CG's curvature and solves cost beside a gradient, KFI and GN-CG?",
  runtimes: ["node26"],
  run,
};
