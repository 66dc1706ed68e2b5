// EA-CG beside its rivals on the two networks of the re-run of its paper (Dangel's account of the second version):
// CIFAR-10 by 3072-1024-512-256-128-64-32-16-10 and MNIST by 784-512-128-32-10, sigmoid units, batch 500,
// η = 0.1, α = 0.02. SGD with momentum 0.9 and Adam have a sweep of step sizes: what a single one of them does says
// nothing about methods (the re-run has 0.1 alone, which stays on the plateau of ln 10 for 19 epochs).
//
// Runs advance in turn, so that whenever the budget ends all have taken the same number of steps. --from adds the curves
// of earlier reports to theirs; with --steps=0 --methods= there are no others.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cifar10 } from "../../src/data/cifar10.ts";
import { mnist } from "../../src/data/mnist.ts";
import { subset } from "../../src/data/views.ts";
import {
  BATCH_SIZE,
  type Curve,
  LOSSES,
  METHODS,
  Runner,
  type Samples,
  SETTINGS,
} from "./ea_cg_runs.ts";
import { chartsOf, tableOf } from "./ea_cg_report.ts";
import type { Bench, BenchOptions, Outcome, Report } from "./report.ts";

/** What is kept of a run. */
interface Kept {
  readonly net: string;
  readonly samples: number;
  readonly batchSize: number;
  readonly curves: readonly Curve[];
}

async function load(name: string, mnistDirectory: string, directory?: string): Promise<Samples> {
  const folder = directory ??
    (name === "mnist" ? mnistDirectory : join(dirname(mnistDirectory), name));
  if (!existsSync(folder)) {
    throw new Error(`Cannot read ${name}: there is no ${folder}; see --folder`);
  }
  const loaded = name === "mnist"
    ? await mnist({ directory: folder, inputShape: [784] })
    : await cifar10({ directory: folder });
  return { setting: SETTINGS[name], ...loaded };
}

/** Curves of earlier reports of the bench, of the same network and samples. */
async function earlier(files: string, net: string, samples: number): Promise<Curve[]> {
  const found: Curve[] = [];
  for (const file of files === "" ? [] : files.split(",")) {
    const { runs } = JSON.parse(await readFile(file, "utf8")) as Report;
    for (const { data } of runs) {
      const { net: other, samples: size, curves } = data as Kept;
      if (other !== net || size !== samples) {
        throw new RangeError(`Cannot add ${file}: it is of ${size} samples of ${other}`);
      }
      found.push(...curves);
    }
  }
  return found;
}

/** Of several curves of one method, criterion and seed the longest. */
function distinct(curves: readonly Curve[]): Curve[] {
  const kept = new Map<string, Curve>();
  for (const curve of curves) {
    const key = [curve.loss, curve.method, curve.seed].join();
    const other = kept.get(key);
    if (!other || other.points.length < curve.points.length) kept.set(key, curve);
  }
  const order = (curve: Curve): number =>
    Object.keys(LOSSES).indexOf(curve.loss) * 1000 + Object.keys(METHODS).indexOf(curve.method);
  return [...kept.values()].sort((a, b) => order(a) - order(b) || a.seed - b.seed);
}

function known<T extends string>(what: string, given: string, names: readonly T[]): T[] {
  return given === "" ? [] : given.split(",").map((name) => {
    const found = names.find((other) => other === name);
    if (found === undefined) throw new RangeError(`Cannot run ${what} "${name}": there is no such`);
    return found;
  });
}

async function run(net: string, { dataDirectory, settings }: BenchOptions): Promise<Outcome> {
  const { steps = "500", every = "100", seeds = "1", seconds = "Infinity", from = "", folder } =
    settings;
  const names = Object.keys(METHODS), criteria = Object.keys(LOSSES) as (keyof typeof LOSSES)[];
  const methods = known("method", settings.methods ?? names.join(), names);
  const losses = known("criterion", settings.losses ?? criteria.join(), criteria);
  const loaded = await load(net, dataDirectory, folder);
  const { train } = loaded, size = Number(settings.samples ?? train.size);
  const samples = { ...loaded, train: subset(train, 0, size) };
  const runners = seeds.split(",").map(Number).flatMap((seed) =>
    losses.flatMap((loss) => methods.map((method) => new Runner(samples, method, loss, seed)))
  );
  const start = performance.now();
  let taken = 0, round = 0;
  while (taken < Number(steps)) {
    const before = performance.now();
    if (before - start + round > 1000 * Number(seconds)) break;
    for (const runner of runners) runner.advance(Number(every));
    round = Math.max(round, performance.now() - before);
    taken += Number(every);
  }
  const curves = distinct([
    ...await earlier(from, net, size),
    ...runners.map(({ curve }) => curve),
  ]);
  return {
    rows: [],
    notes: [
      `${size} training samples; the criterion of training samples, means over the seeds that came so far`,
      ...tableOf(curves),
    ],
    data: { net, samples: size, batchSize: BATCH_SIZE, curves } satisfies Kept,
    charts: chartsOf(net, curves),
  };
}

const OPTIONS =
  "--steps=500 --every=100 --seeds=1,2 --seconds=… --methods=… --losses=… --samples=… --folder=… --from=FILES";

/** The convergence bench on one data set, "cifar10" or "mnist". */
export function benchOn(net: string): Bench {
  return {
    question: `How fast do EA-CG, KFI, SGD and Adam train the ${net} network? ${OPTIONS}`,
    runtimes: ["node26"],
    run: (options) => run(net, options),
  };
}
