// Hessian-free optimization, whole and by blocks, beside K-FAC, Adam and SGD on the tasks of the block-diagonal paper
// (arXiv 1712.07296): an autoencoder, an LSTM for sequential MNIST, a residual network. No figure of the paper is known to
// us; sizes, budgets and grids are ours.
//
// Every run has the same processor seconds for steps, whatever the method. A method has the settings of the lowest
// training loss at their end, from a grid that moves until its best is inside, with the first seed.
//
// Hours, so it runs in pieces: each run is kept in a file of its own and never made twice, and --minutes ends a call
// between two runs. What is told at the end is of all that is kept, whatever the call was about.
import { fileURLToPath } from "node:url";
import type { TrainTest } from "../data.ts";
import { METHODS, methodsOf, SMALL_METHODS } from "./_support/hessian_free_methods.ts";
import { type Problem, PROBLEMS, SMALL_PROBLEMS } from "./_support/hessian_free_problems.ts";
import { chartsOf, type Entry, tablesOf } from "./_support/hessian_free_report.ts";
import { follow, type Run, scoreOf } from "./_support/hessian_free_runs.ts";
import { type Found, search, type Settings } from "./_support/moving_grid.ts";
import { type Bench, type BenchOptions, type Outcome, provenance } from "./_support/report.ts";
import { Piece, RunStore } from "./_support/run_store.ts";

/** Settings after which a grid gives up, and seeds of its best. */
const EXTENT = { trials: 24, seeds: 3 };
const SMALL_EXTENT = { trials: 8, seeds: 2 };
/** A run's time beside its steps, for the judgements, as a share; the longest run so far says better. */
const OVERHEAD = 1.5;
const STORE = new URL("../../bench_runs/hessian_free", import.meta.url);

/** One method on one problem. */
interface Task {
  readonly name: string;
  readonly problem: Problem;
  readonly method: string;
  readonly seconds: number;
  readonly trials: number;
  readonly seeds: number;
}

/** The runs of a method, as far as `take` gives them: a search of settings, then all seeds of the best. */
function entryOf(
  task: Task,
  take: (task: Task, settings: Settings, seed: number) => Run | undefined,
): Entry | undefined {
  const { name, problem, method, seconds, trials: mostTrials, seeds } = task;
  const found: Found | undefined = search(METHODS[method].axes, (settings) => {
    const run = take(task, settings, 1);
    return run && scoreOf(run, seconds);
  }, mostTrials);
  if (!found) return undefined;
  const { best: { settings }, isInside, trials } = found;
  const runs = Array.from({ length: seeds }, (_, i) => take(task, settings, i + 1));
  return {
    name,
    problem,
    method,
    seconds,
    settings,
    isInside,
    trials,
    runs: runs.filter((run) => run !== undefined),
  };
}

function keyOf(
  { name, method, seconds }: Task,
  settings: Settings,
  seed: number,
): Record<string, string | number> {
  return { problem: name, seconds, method, ...settings, seed };
}

function pickedOf(list: string | undefined, problems: Readonly<Record<string, Problem>>): string[] {
  const names = list?.split(",") ?? Object.keys(problems);
  const unknown = names.find((name) => !Object.hasOwn(problems, name));
  if (unknown === undefined) return names;
  throw new RangeError(`Cannot run problem "${unknown}": there is no such`);
}

async function run(options: BenchOptions): Promise<Outcome> {
  const { settings: given } = options, isSmall = given.small !== undefined;
  const problems = isSmall ? SMALL_PROBLEMS : PROBLEMS;
  const all = isSmall ? SMALL_METHODS : Object.keys(METHODS);
  const picked = pickedOf(given.problem, problems), methods = methodsOf(given.method, all);
  const { trials, seeds: usual } = isSmall ? SMALL_EXTENT : EXTENT;
  const seeds = Number(given.seeds ?? usual);
  const store = new RunStore(given.store ?? fileURLToPath(STORE));
  const taskOf = (name: string, method: string): Task => {
    const problem = problems[name], seconds = Number(given.seconds ?? problem.seconds);
    return { name, problem, method, seconds, trials, seeds };
  };
  const longest = Math.max(...picked.map((name) => taskOf(name, methods[0]).seconds));
  const piece = new Piece(store, {
    seconds: 60 * Number(given.minutes ?? Infinity),
    expected: OVERHEAD * longest,
    clock: () => performance.now() / 1000,
    circumstances: provenance(),
  });
  const unfinished: string[] = [];
  for (const name of picked) {
    const samples = await problems[name].load(options);
    for (const method of methods) {
      const entry = entryOf(
        taskOf(name, method),
        (task, settings, seed) =>
          piece.take(keyOf(task, settings, seed), () => told(task, samples, settings, seed)),
      );
      if (!entry || entry.runs.length < seeds) unfinished.push(`${name} ${method}`);
    }
  }
  const entries = Object.keys(problems).flatMap((name) =>
    all.map((method) =>
      entryOf(
        taskOf(name, method),
        (task, settings, seed) => store.find(keyOf(task, settings, seed)),
      )
    ).filter((entry) => entry !== undefined)
  );
  const end = unfinished.length === 0
    ? "all that was asked for is finished"
    : `unfinished, so call again: ${unfinished.join(", ")}`;
  return {
    rows: [],
    notes: [`${piece.made} runs made by this call; ${end}`, ...tablesOf(entries)],
    data: { entries: entries.map(({ problem: _, ...entry }) => entry) },
    charts: chartsOf(entries),
  };
}

/** A run, and a line of it. */
function told(
  { problem, method, seconds }: Task,
  samples: TrainTest,
  settings: Settings,
  seed: number,
): Run {
  const made = follow(problem, samples, METHODS[method], settings, { seed, seconds });
  const { step, seconds: spent, train, metric } = made.points[made.points.length - 1];
  const figures = `${step} steps, ${spent.toFixed(1)} s, loss ${train.toFixed(4)}, ${
    metric.toFixed(4)
  }`;
  const end = made.failure ? `, ${made.failure}` : "";
  console.error(`${method} ${JSON.stringify(settings)} seed ${seed}: ${figures}${end}`);
  return made;
}

/**
 * Options: --problem=autoencoder,lstm,convnet --method=hessianFree,safe,plain,kfac,adam,sgd (families or single names)
 * --seconds=240 (of steps, for each run) --seeds=3 --minutes=60 (of the call; 0 tells what there is) --store=FOLDER
 * --cifar-dir=FOLDER --small (two minutes; with --no-save).
 */
export const bench: Bench = {
  question:
    "What do Hessian-free steps gain, whole and by blocks, in steps, work and seconds, beside K-FAC, Adam, SGD?",
  runtimes: ["deno"],
  run,
};
