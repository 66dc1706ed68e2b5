// `deno task bench`: lists the benches; `deno task bench NAME...` or `all` runs them, prints tables and
// writes results/NAME.json. Options: --runtime=deno,node26,node20  --data-dir=FOLDER  --no-save  --key=value
import { fileURLToPath } from "node:url";
import { configuration, ROOT } from "../tools/_support/project.ts";
import { drawChart } from "./_support/chart.ts";
import {
  type Bench,
  type BenchOptions,
  describe,
  type Report,
  type Run,
} from "./_support/report.ts";
import type { RuntimeName } from "./_support/report.ts";
import { installRivals } from "./_support/rivals.ts";
import { cleanUp, runOn } from "./_support/runtimes.ts";
import { bench as autoencoderGradient } from "./autoencoder_gradient.ts";
import { bench as convolution } from "./convolution.ts";
import { bench as convnetGradient } from "./convnet_gradient.ts";
import { bench as cwNgd } from "./cw_ngd.ts";
import { bench as eaCg } from "./ea_cg.ts";
import { bench as eaCgCost } from "./ea_cg_cost.ts";
import { bench as eaCgMnist } from "./ea_cg_mnist.ts";
import { bench as curveFit } from "./curve_fit.ts";
import { bench as elementwise } from "./elementwise.ts";
import { bench as gaussNewton } from "./gauss_newton.ts";
import { bench as gemm } from "./gemm.ts";
import { bench as hessianFree } from "./hessian_free.ts";
import { bench as importTime } from "./import_time.ts";
import { bench as kroneckerCg } from "./kronecker_cg.ts";
import { bench as lapack } from "./lapack.ts";
import { bench as lstm } from "./lstm.ts";
import { bench as mnistAutoencoder } from "./mnist_autoencoder.ts";
import { bench as products } from "./products.ts";
import { bench as stepCost } from "./step_cost.ts";

const BENCHES: Readonly<Record<string, Bench>> = {
  gemm,
  gauss_newton: gaussNewton,
  curve_fit: curveFit,
  convolution,
  lapack,
  kronecker_cg: kroneckerCg,
  elementwise,
  import_time: importTime,
  step_cost: stepCost,
  autoencoder_gradient: autoencoderGradient,
  convnet_gradient: convnetGradient,
  lstm,
  products,
  mnist_autoencoder: mnistAutoencoder,
  ea_cg: eaCg,
  ea_cg_cost: eaCgCost,
  ea_cg_mnist: eaCgMnist,
  cw_ngd: cwNgd,
  hessian_free: hessianFree,
};

interface CommandLine {
  readonly names: readonly string[];
  readonly runtimes: readonly RuntimeName[] | undefined;
  readonly saves: boolean;
  readonly options: BenchOptions;
}

function parse(args: readonly string[]): CommandLine {
  const given = args.filter((arg) => !arg.startsWith("--"));
  const settings = Object.fromEntries(
    args.filter((arg) => arg.startsWith("--")).map((arg) => {
      const [key, value = "true"] = arg.slice(2).split("=", 2);
      return [key, value];
    }),
  );
  const names = given.includes("all") ? Object.keys(BENCHES) : given;
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) {
    throw new RangeError(`Cannot run "${unknown}": there is no such bench`);
  }
  const { runtime, "data-dir": folder, "no-save": isTrial, ...others } = settings;
  const dataDirectory = folder ?? Deno.env.get("CURVATURE_MNIST") ??
    fileURLToPath(new URL("../shared/data/mnist", ROOT));
  return {
    names,
    runtimes: runtime?.split(",") as RuntimeName[] | undefined,
    saves: isTrial === undefined,
    options: { dataDirectory, settings: others },
  };
}

async function runBench(name: string, { runtimes, saves, options }: CommandLine): Promise<boolean> {
  const bench = BENCHES[name];
  console.log(`\n${name}: ${bench.question}`);
  if (bench.needsRivals) await installRivals();
  const runs: Run[] = [];
  for (const runtime of runtimes ?? bench.runtimes) {
    const run = await runOn(runtime, name, options);
    if (typeof run === "string") console.log(run);
    else {
      runs.push(run);
      console.log(`\n${describe(run)}`);
    }
  }
  if (!saves || runs.length === 0) return runs.length > 0;
  for (const { charts = [], ...run } of runs) {
    for (const chart of charts) {
      const picture = `${name}_${chart.name}.svg`;
      await Deno.writeTextFile(new URL(`bench/results/${picture}`, ROOT), drawChart(chart));
      console.log(`${run.runtime}: bench/results/${picture}`);
    }
  }
  const report: Report = {
    bench: name,
    question: bench.question,
    library: configuration().version,
    runs: runs.map(({ charts: _, ...run }) => run),
  };
  const file = new URL(`bench/results/${name}.json`, ROOT);
  await Deno.writeTextFile(file, `${JSON.stringify(report, null, 2)}\n`);
  return true;
}

const commandLine = parse(Deno.args);
if (commandLine.names.length === 0) {
  for (const [name, { question }] of Object.entries(BENCHES)) {
    console.log(`${name.padEnd(22)}${question}`);
  }
}
let succeeded = true;
try {
  for (const name of commandLine.names) succeeded = await runBench(name, commandLine) && succeeded;
} finally {
  await cleanUp();
}
Deno.exit(succeeded ? 0 : 1);
