// The convergence bench of CW-NGD: steps until a mini-batch has 90 % of the accuracy that a run ends with, beside the table
// of the authors' second paper (their logs; five seeds, batch 1024, 100 epochs, every method with one setting).
//
// Deviates: each method takes the best of a grid that moves until its best is inside, by mean training accuracy over a run
// with the first seed; and accuracy is that of the batch before its step without dropout, where the authors count it under
// dropout. Each run is kept in a file of its own and never made twice: with --minutes the bench runs in pieces.
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  accuracy,
  type Dataset,
  type Model,
  NonFiniteError,
  type Optimizer,
  sequential,
  softmaxCrossEntropy,
  type Tensor,
  zeros,
} from "../mod.ts";
import { Batches, mnist } from "../data.ts";
import { GRIDS, type Problem, PROBLEMS, SEEDS } from "./_support/cw_ngd_problems.ts";
import { search, type Settings } from "./_support/moving_grid.ts";
import {
  type Bench,
  type BenchOptions,
  type Outcome,
  provenance,
  table,
} from "./_support/report.ts";
import { Piece, RunStore } from "./_support/run_store.ts";

const LOSS = softmaxCrossEntropy();
/** Steps at the end of a run whose mean accuracy counts as final. */
const LAST = 20;
/** The share of it that is to be reached. */
const SHARE = 0.9;
/** Settings after which a grid gives up. */
const MOST_TRIALS = 24;
const STORE = new URL("../../bench_runs/cw_ngd", import.meta.url);

/** One run of a method. */
interface Run {
  readonly seed: number;
  /** Accuracy of every mini-batch before its step. */
  readonly accuracies: readonly number[];
  readonly finalAccuracy: number;
  readonly stepsToShare: number;
  readonly testAccuracy: number;
  readonly secondsPerStep: number;
  readonly failure?: string;
}

/** A method with the best of its settings. */
interface Entry {
  readonly method: string;
  readonly settings: Settings;
  /** False when better settings may lie beyond the grid. */
  readonly isInside: boolean;
  readonly runs: readonly Run[];
}

interface Data {
  readonly train: Dataset;
  readonly test: Dataset;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardize({ data }: Tensor, { mean, deviation }: Problem): void {
  for (let i = 0; i < data.length; i++) data[i] = (data[i] - mean) / deviation;
}

/** The share of samples that a model knows. */
function accuracyOf(model: Model, input: Tensor, target: Tensor): number {
  using output = model.predict(input);
  return accuracy().evaluate(output, target) / target.size;
}

function testAccuracy(model: Model, { test }: Data, problem: Problem): number {
  using input = zeros([test.size, ...problem.input]);
  using target = zeros([test.size]);
  test.fill(Uint32Array.from({ length: test.size }, (_, i) => i), input, target);
  standardize(input, problem);
  return accuracyOf(model, input, target);
}

function follow(
  optimizer: Optimizer,
  problem: Problem,
  data: Data,
  { seed, steps }: { readonly seed: number; readonly steps: number },
): Run {
  const { input: shape, layers, batchSize } = problem, { train } = data;
  using model = sequential({ input: [...shape], seed }, layers());
  using input = zeros([batchSize, ...shape]);
  using target = zeros([batchSize]);
  const batches = new Batches(train.size, { batchSize, seed });
  const batch = { input, target }, accuracies: number[] = [];
  using state = optimizer.init(model, { loss: LOSS });
  let seconds = 0, failure: string | undefined;
  try {
    for (let step = 0; step < steps; step++) {
      train.fill(batches.next(), input, target);
      standardize(input, problem);
      accuracies.push(accuracyOf(model, input, target));
      const before = processorSeconds();
      optimizer.step(state, { model, loss: LOSS, batch });
      seconds += processorSeconds() - before;
    }
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    failure = error.message;
  }
  const finalAccuracy = failure === undefined ? mean(accuracies.slice(-LAST)) : 0;
  const reached = accuracies.findIndex((value) => value >= SHARE * finalAccuracy);
  return {
    seed,
    accuracies,
    finalAccuracy,
    stepsToShare: failure === undefined ? reached + 1 : Infinity,
    testAccuracy: failure === undefined ? testAccuracy(model, data, problem) : 0,
    secondsPerStep: seconds / Math.max(1, accuracies.length),
    ...failure !== undefined && { failure },
  };
}

/** The best of a grid with the first seed, then all seeds; undefined where `take` has no time for one of them. */
function entryOf(
  method: string,
  seeds: readonly number[],
  take: (settings: Settings, seed: number) => Run | undefined,
): Entry | undefined {
  const found = search(GRIDS[method].axes, (settings) => {
    const run = take(settings, seeds[0]);
    return run && (run.failure === undefined ? -mean(run.accuracies) : Infinity);
  }, MOST_TRIALS);
  if (!found) return undefined;
  const { best: { settings }, isInside, trials } = found;
  const taken = seeds.map((seed) => take(settings, seed));
  const runs = taken.filter((run) => run !== undefined);
  if (runs.length < taken.length) return undefined;
  console.error(`${method}: ${JSON.stringify(settings)} of ${trials.length} settings`);
  return { method, settings, isInside, runs };
}

function tableOf(
  { method, settings, isInside, runs }: Entry,
  { published }: Problem,
): Record<string, string> {
  const of = (pick: (run: Run) => number, digits: number): string =>
    mean(runs.map(pick)).toFixed(digits);
  const spread = runs.map(({ stepsToShare }) => stepsToShare);
  return {
    method,
    rate: `${settings.learningRate}${isInside ? "" : " (edge of its grid)"}`,
    damping: String(settings.damping ?? ""),
    "steps to 90 %": of(({ stepsToShare }) => stepsToShare, 1),
    "least, most": `${Math.min(...spread)}, ${Math.max(...spread)}`,
    published: String(published[method] ?? ""),
    "final accuracy": of(({ finalAccuracy }) => finalAccuracy, 4),
    test: of(({ testAccuracy }) => testAccuracy, 4),
    "s a step": of(({ secondsPerStep }) => secondsPerStep, 3),
  };
}

async function run({ dataDirectory, settings }: BenchOptions): Promise<Outcome> {
  const { problems = "small_convnet,small_mlp", methods = Object.keys(GRIDS).join() } = settings;
  const seeds = SEEDS.slice(0, Number(settings.seeds ?? SEEDS.length));
  const notes: string[] = [], found: Record<string, readonly Entry[]> = {};
  const piece = new Piece(new RunStore(settings.store ?? fileURLToPath(STORE)), {
    seconds: 60 * Number(settings.minutes ?? Infinity),
    expected: 0,
    clock: () => performance.now() / 1000,
    circumstances: provenance(),
  });
  for (const name of problems.split(",")) {
    const problem = PROBLEMS[name];
    const data = await mnist({ directory: dataDirectory, inputShape: problem.input });
    const steps = Number(settings.steps ?? problem.steps);
    const entries = methods.split(",").flatMap((method) => {
      const entry = entryOf(method, seeds, (point, seed) => {
        const key = { problem: name, steps, method, ...point, seed };
        const optimizer = GRIDS[method].make(point);
        return piece.take(key, () => follow(optimizer, problem, data, { seed, steps }));
      });
      if (!entry) notes.push(`${name} ${method} is unfinished: call again`);
      return entry ?? [];
    });
    found[name] = entries;
    notes.push(`${name}, batch ${problem.batchSize}, ${steps} steps, ${seeds.length} seeds`);
    if (entries.length > 0) {
      notes.push(...table(entries.map((entry) => tableOf(entry, problem))).split("\n"));
    }
  }
  return { rows: [], notes, data: { problems: found } };
}

/**
 * Options: --problems=small_convnet,small_mlp (or convnet, fashion_mlp: hours) --methods=cwNgd,adam,sgd,kfac,kBfgs
 * --steps=150 --seeds=5 --minutes=60 (of the call) --store=FOLDER (of kept runs).
 */
export const bench: Bench = {
  question:
    "In how many steps does CW-NGD get near its final accuracy, beside Adam, SGD, K-FAC, K-BFGS?",
  runtimes: ["deno"],
  run,
};
