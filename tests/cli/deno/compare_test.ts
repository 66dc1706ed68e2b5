import { memoryUsage } from "../../../mod.ts";
import { compare } from "../../../src/cli/compare.ts";
import type { DemoResult } from "../../../src/cli/results.ts";
import { METHODS } from "../../../src/cli/methods.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { silentDisplay, smallExperiment } from "./_small.ts";

function runSmall(
  optimizers: readonly string[],
  { epochs, stopAfter = Infinity }: { epochs?: number; stopAfter?: number } = {},
): Promise<DemoResult> {
  const controller = new AbortController();
  let seen = 0;
  const display = silentDisplay(() => {
    if (++seen === stopAfter) controller.abort();
  });
  const { signal } = controller;
  const experiment = smallExperiment();
  return compare({ experiment, optimizers, epochs, seed: 1, signal, display });
}

test("compare() gives second- and first-order methods their own epochs, from one start", async () => {
  const { runs, parameterCount } = await runSmall(["k-bfgs", "adam"]);
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

test("compare() lets the candidate with the least training loss go on", async () => {
  const { runs: [adam] } = await runSmall(["adam"]);
  equal(adam.search.length, METHODS.adam.candidates.length - 1);
  for (const { ending, epochs } of adam.search) {
    equal([ending, epochs.length], ["not chosen", 2]);
    ok(adam.epochs[1].trainLoss <= epochs[1].trainLoss, "the best was chosen");
  }
});

test("compare() repeats its digests and gives all memory back", async () => {
  const methods = Object.keys(METHODS);
  const first = await runSmall(methods, { epochs: 1 });
  const before = memoryUsage().liveBytes;
  const second = await runSmall(methods, { epochs: 1 });
  equal(memoryUsage().liveBytes, before);
  const digests = ({ runs }: DemoResult): string[] => runs.map(({ digest }) => digest);
  equal(digests(second), digests(first));
  equal(new Set(digests(first)).size, methods.length, "no two methods do the same");
});

test("compare() ends between two steps when it is interrupted, with what ran so far", async () => {
  const { runs } = await runSmall(["k-fac", "adam"], { epochs: 5, stopAfter: 2 });
  equal(runs.map(({ ending, epochs }) => [ending, epochs.length]), [["interrupted", 3]]);
  const search = await runSmall(["adam"], { stopAfter: 1 });
  equal(search.runs.map(({ ending, search }) => [ending, search.length]), [["interrupted", 0]]);
});
