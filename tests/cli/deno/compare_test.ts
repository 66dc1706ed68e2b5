import { compare } from "../../../src/cli/compare.ts";
import { METHODS, stepSize } from "../../../src/cli/methods.ts";
import { type DemoResult, lastEpoch, type RunResult } from "../../../src/cli/results.ts";
import { searchTable } from "../../../src/cli/summary.ts";
import { verdict } from "../../../src/cli/verdict.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { liveBytes } from "../../_support/live_bytes.ts";
import { silentDisplay, smallExperiment } from "./_small.ts";

interface SmallOptions {
  readonly epochs?: number;
  readonly stopAfter?: number;
  readonly methods?: typeof METHODS;
  readonly furtherRungs?: number;
}

function runSmall(
  optimizers: readonly string[],
  { epochs, stopAfter = Infinity, methods = METHODS, furtherRungs = 0 }: SmallOptions = {},
): Promise<DemoResult> {
  const controller = new AbortController();
  let seen = 0;
  const display = silentDisplay(() => {
    if (++seen === stopAfter) controller.abort();
  });
  const { signal } = controller;
  const experiment = { ...smallExperiment(), furtherRungs };
  return compare({ experiment, optimizers, epochs, seed: 1, signal, display, methods });
}

/** Every method with its first step size alone. */
function withoutSearch(): typeof METHODS {
  return Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => [
      name,
      { ...method, rungs: method.rungs.slice(0, 1) },
    ]),
  );
}

test("compare() gives second- and first-order methods their own epochs, from one start", async () => {
  const { runs, parameterCount } = await runSmall(["k-bfgs", "adam"], {
    methods: withoutSearch(),
  });
  equal(runs.map(({ optimizer }) => optimizer), ["k-bfgs", "adam"]);
  equal(runs.map(({ epochs }) => epochs.length - 1), [2, 3]);
  equal(runs[0].epochs[0], runs[1].epochs[0]);
  equal(parameterCount, 8 * 785 + 2 * 9 + 8 * 3 + 784 * 9);
  for (const { epochs, stateBytes, digest, ending } of runs) {
    equal(ending, "finished");
    ok(epochs[epochs.length - 1].trainLoss < epochs[0].trainLoss, "the loss falls");
    ok(epochs.every(({ seconds }, i) => i === 0 || seconds > epochs[i - 1].seconds), "time passes");
    ok(stateBytes > 0 && /^[0-9a-f]{64}$/.test(digest), "there are bytes and a digest");
  }
});

test("compare() trains every step size in full and chooses by the loss at the end", async () => {
  const { runs: [adam] } = await runSmall(["adam"]);
  ok(adam.search.length >= METHODS.adam.rungs.length - 1, "all were tried");
  for (const { ending, epochs } of adam.search) {
    equal([ending, epochs.length], ["finished", adam.epochs.length]);
    ok(lastEpoch(adam).trainLoss <= epochs[epochs.length - 1].trainLoss, "the best was chosen");
  }
});

const rateOf = (run: RunResult): number => Number(run.given.learningRate);

test("compare() goes beyond its step sizes while the best of them is at an end", async () => {
  const far = { ...METHODS.adam, rungs: [-10, -9] };
  const { runs: [adam] } = await runSmall(["adam"], { methods: { adam: far }, furtherRungs: 20 });
  const others = adam.search.map(rateOf);
  ok(others.some((rate) => rate < rateOf(adam)), "one below the best was tried");
  ok(others.some((rate) => rate > rateOf(adam)), "one above the best was tried");
  equal(adam.isAtEdge, false);
  ok(others.length + 1 > far.rungs.length, "more were tried than at first");
});

test("compare() says when the best step size is at the edge after all", async () => {
  const far = { ...METHODS.adam, rungs: [-10, -9] };
  const result = await runSmall(["adam"], { methods: { adam: far }, furtherRungs: 1 });
  const [adam] = result.runs;
  equal([adam.search.map(rateOf), rateOf(adam), adam.isAtEdge], [[1e-5, 3e-5], 1e-4, true]);
  ok(/step size of Adam \(learningRate 0.0001\) is at the edge/.test(verdict(result)), "noticed");
  const { rows } = searchTable(result);
  equal(rows.map((row) => row.at(-1)), ["not chosen", "not chosen", "chosen, at the edge"]);
});

test("compare() does not search a method without a step size", async () => {
  const { runs: [lbfgs] } = await runSmall(["l-bfgs"]);
  equal([lbfgs.search, lbfgs.isAtEdge], [[], false]);
});

test("the ladder of step sizes has 1 and 3 in every decade", () => {
  equal([-6, -5, -1, 0, 1, 2].map(stepSize), [0.001, 0.003, 0.3, 1, 3, 10]);
});

test("compare() repeats its digests and gives all memory back", async () => {
  const names = Object.keys(METHODS);
  const methods = withoutSearch();
  const first = await runSmall(names, { epochs: 1, methods });
  const before = liveBytes();
  const second = await runSmall(names, { epochs: 1, methods });
  equal(liveBytes(), before);
  const digests = ({ runs }: DemoResult): string[] => runs.map(({ digest }) => digest);
  equal(digests(second), digests(first));
  equal(new Set(digests(first)).size, names.length, "no two methods do the same");
});

test("compare() ends between two steps when it is interrupted, with what ran so far", async () => {
  const { runs } = await runSmall(["k-fac", "adam"], { epochs: 5, stopAfter: 2 });
  equal(runs.map(({ ending, epochs }) => [ending, epochs.length]), [["interrupted", 3]]);
  const search = await runSmall(["adam"], { stopAfter: 1 });
  equal(search.runs.map(({ ending, search }) => [ending, search.length]), [["interrupted", 0]]);
});
