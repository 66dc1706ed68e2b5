// What a Gauss-Newton matrix costs as outputs are added at a fixed number of parameters, and what Levenberg-Marquardt
// makes of it: time to a loss beside Adam and L-BFGS, whose settings were chosen among a few.
import { gaussNewtonMatrix } from "../src/curvature/gauss_newton_matrix.ts";
import type { Assembly } from "../src/curvature/gauss_newton_matrix/choice.ts";
import { tanh } from "../src/nn/layers/activation.ts";
import { dense } from "../src/nn/layers/dense.ts";
import type { Linearization } from "../src/nn/linearization.ts";
import { squaredError } from "../src/nn/losses/elementwise.ts";
import { softmaxCrossEntropy } from "../src/nn/losses/softmax.ts";
import { sequential } from "../src/nn/sequential.ts";
import {
  type Case,
  filled,
  gemmCase,
  measure,
  type Row,
  rowOf,
  type Samples,
} from "./_support/harness.ts";
import { quantile, slowdown } from "./_support/harness.ts";
import type { Bench, Outcome, Target } from "./_support/report.ts";
import { convergenceRows } from "./_support/regressions.ts";

const PARAMETERS = 1000;
const SAMPLES = 1000;
const INPUTS = 10;
const OUTPUTS = [1, 2, 4, 8, 16, 32];
const ROUNDS = 3;

/** The assembly that is slow anyway is timed once, here. */
const PER_WEIGHT_OUTPUTS = 4;

/**
 * Inputs, one hidden layer and so many outputs, of about so many parameters. The softmax couples all outputs: with a loss
 * that is a sum over them most of the last layer's matrix is zero and left out. One output has no softmax.
 */
function linearized(outputs: number): Linearization {
  const hidden = Math.round((PARAMETERS - outputs) / (INPUTS + 1 + outputs));
  const layers = [dense(hidden), tanh(), dense(outputs)];
  const model = sequential({ input: [INPUTS], seed: 1, dtype: "float64" }, layers);
  const input = filled([SAMPLES, INPUTS], "float64", 2);
  const target = filled([SAMPLES, outputs], "float64", 3);
  target.data.forEach((value, i) => target.data[i] = Math.abs(value));
  const loss = outputs > 1 ? softmaxCrossEntropy() : squaredError();
  return model.linearize(loss, { input, target });
}

/** Counted as B P², the flops of the triangle, whatever the assembly. */
function caseOf(lin: Linearization, assembly: "auto" | Assembly, outputs: number): Case {
  return {
    name: `${assembly}, ${outputs} outputs`,
    work: SAMPLES * lin.parameterCount ** 2,
    run: () => gaussNewtonMatrix(lin, { assembly }).dispose(),
  };
}

interface Assemblies {
  readonly rows: Row[];
  readonly targets: Target[];
}

async function assemblies(): Promise<Assemblies> {
  const rows: Row[] = [], nodewise = new Map<number, number>();
  const gemm = gemmCase("float64");
  let [speedup, autoLoss, gemmShare] = [0, 0, 0];
  for (const outputs of OUTPUTS) {
    const lin = linearized(outputs);
    const cases = (["nodewise", "jacobian", "auto"] as const)
      .map((assembly) => caseOf(lin, assembly, outputs));
    const effort = { rounds: ROUNDS, warmUpMilliseconds: 20 };
    const samples = await measure([gemm, ...cases], effort);
    rows.push(...cases.map((item) => rowOf(item, samples)));
    const [first, second, auto] = cases.map(({ name }) => name);
    const best = median(samples, first) < median(samples, second) ? first : second;
    autoLoss = Math.max(autoLoss, slowdown(samples, auto, best));
    nodewise.set(outputs, median(samples, first));
    speedup = slowdown(samples, second, first);
    const share = (cases[0].work ?? 0) / (gemm.work ?? 1) / slowdown(samples, first, gemm.name);
    gemmShare = share;
    if (outputs === PER_WEIGHT_OUTPUTS) {
      const slow = caseOf(lin, "per-weight", outputs);
      rows.push(rowOf(slow, await measure([slow], { rounds: 1, warmUpMilliseconds: 0 })));
    }
    lin.dispose();
  }
  const growth = (nodewise.get(32) ?? 0) / (nodewise.get(4) ?? 1);
  return {
    rows,
    targets: [
      { what: "nodewise, 32 outputs beside 4: time", atMost: 1.5, measured: growth },
      { what: "nodewise beside jacobian at 32 outputs: speed", atLeast: 8, measured: speedup },
      { what: "nodewise at 32 outputs: share of gemm's rate", atLeast: 0.5, measured: gemmShare },
      { what: "auto beside the best: time", atMost: 1.1, measured: autoLoss },
    ],
  };
}

function median(samples: Samples, name: string): number {
  return quantile(samples.get(name) ?? [], 0.5);
}

/** Assemblies, then convergence. */
export const bench: Bench = {
  question: "Does a Gauss-Newton matrix cost more for more outputs, and is it worth its cost?",
  runtimes: ["deno"],
  run: async (): Promise<Outcome> => {
    const { rows, targets } = await assemblies();
    return { rows: [...rows, ...convergenceRows()], targets };
  },
};
