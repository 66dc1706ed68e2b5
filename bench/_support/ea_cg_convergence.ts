// EA-CG beside its rivals on the two networks of the re-run of its paper (Dangel's account of the second version):
// CIFAR-10 by 3072-1024-512-256-128-64-32-16-10 and MNIST by 784-512-128-32-10, sigmoid units, batch 500,
// η = 0.1, α = 0.02. SGD with momentum 0.9 and Adam have a sweep of step sizes: what a single one of them does says
// nothing about methods (the re-run has 0.1 alone, which stays on the plateau of ln 10 for 19 epochs).
//
// Runs advance in turn, so that whenever the budget ends all have taken the same number of steps.
import { existsSync } from "node:fs";
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
import { type Bench, type BenchOptions, type Chart, type Outcome, table } from "./report.ts";

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

/** Steps at which a mean over seeds of the training loss falls below some values. */
function tableOf(curves: readonly Curve[]): Record<string, string> {
  const [{ method, loss, points }] = curves;
  const last = points.length - 1;
  const mean = (index: number, value: (point: Curve["points"][number]) => number): string => {
    const values = curves.flatMap(({ points }) => points[index] ? [value(points[index])] : []);
    return (values.reduce((sum, x) => sum + x, 0) / values.length).toFixed(3);
  };
  const cells: Record<string, string> = { method, loss, seeds: String(curves.length) };
  for (const [i, { step }] of points.entries()) {
    if (i > 0) cells[`${step} steps`] = mean(i, ({ train }) => train);
  }
  return {
    ...cells,
    "test accuracy": mean(last, ({ accuracy }) => accuracy),
    "seconds": mean(last, ({ seconds }) => seconds),
    "iterations": curves[0].iterationsPerSystem?.toFixed(2) ?? "",
    "failure": curves.map(({ failure = "" }) => failure).find((text) => text !== "") ?? "",
  };
}

function charts(net: string, curves: readonly Curve[]): Chart[] {
  return (["step", "seconds"] as const).map((along) => ({
    name: along === "step" ? "over_steps" : "over_seconds",
    title: `${net}, batch ${BATCH_SIZE}: cross-entropy of training samples`,
    x: { label: along === "step" ? `steps of ${BATCH_SIZE} samples` : "processor seconds" },
    y: { label: "training loss" },
    series: curves.filter(({ seed }) => seed === curves[0].seed).map((
      { method, loss, points },
    ) => ({
      name: loss === "crossEntropy" ? method : `${method}, 0-1`,
      isDashed: loss !== "crossEntropy",
      points: points.map((point) => [point[along], point.train] as const),
    })),
  }));
}

function known<T extends string>(what: string, given: string, names: readonly T[]): T[] {
  return given.split(",").map((name) => {
    const found = names.find((other) => other === name);
    if (found === undefined) throw new RangeError(`Cannot run ${what} "${name}": there is no such`);
    return found;
  });
}

async function run(net: string, { dataDirectory, settings }: BenchOptions): Promise<Outcome> {
  const { steps = "500", every = "100", seeds = "1", seconds = "Infinity", folder } = settings;
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
  let taken = 0, longest = 0;
  while (taken < Number(steps)) {
    const before = performance.now();
    if (before - start + longest > 1000 * Number(seconds)) break;
    for (const runner of runners) runner.advance(Number(every));
    longest = Math.max(longest, performance.now() - before);
    taken += Number(every);
  }
  const curves = runners.map(({ curve }) => curve);
  const groups = losses.flatMap((loss) =>
    methods.map((method) =>
      curves.filter((curve) => curve.loss === loss && curve.method === method)
    )
  );
  return {
    rows: [],
    notes: [
      `${size} training samples, seeds ${seeds}, ${taken} of ${steps} steps that were asked for`,
      "training loss is the cross-entropy whatever the criterion, means over seeds",
      ...table(groups.map(tableOf)).split("\n"),
    ],
    data: { net, samples: size, batchSize: BATCH_SIZE, steps: taken, curves },
    charts: charts(net, curves),
  };
}

const OPTIONS =
  "--steps=500 --every=100 --seeds=1 --seconds=… --methods=… --losses=… --samples=… --folder=…";

/** The convergence bench on one data set, "cifar10" or "mnist". */
export function benchOn(net: string): Bench {
  return {
    question: `How fast do EA-CG, KFI, SGD and Adam train the ${net} network? ${OPTIONS}`,
    runtimes: ["node26"],
    run: (options) => run(net, options),
  };
}
