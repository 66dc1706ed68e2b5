import type { Ending, EpochResult, MethodResult } from "../../../src/cli/results.ts";
import { comparisonTable } from "../../../src/cli/summary.ts";
import { verdict } from "../../../src/cli/verdict.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

interface Course {
  readonly optimizer: string;
  /** Training loss at the start and after each epoch. */
  readonly losses: readonly number[];
  readonly secondsPerEpoch: number;
  readonly ending?: Ending;
  readonly isAtEdge?: boolean;
}

function resultOf(courses: readonly Course[]) {
  const runs = courses.map(
    (
      { optimizer, losses, secondsPerEpoch, ending = "finished", isAtEdge = false },
    ): MethodResult => {
      const epochs = losses.map((loss, epoch): EpochResult => ({
        ...{ epoch, steps: 10 * epoch, seconds: secondsPerEpoch * epoch },
        ...{ trainLoss: loss, testLoss: loss },
      }));
      const parts = { label: "learningRate 1", given: {}, settings: {}, digest: "", stateBytes: 0 };
      return { ...parts, optimizer, epochs, ending, isAtEdge, search: [], reconstructions: "" };
    },
  );
  return { data: "data", parameterCount: 1, seed: 0, runs };
}

const slow = { optimizer: "k-bfgs", losses: [100, 40, 20], secondsPerEpoch: 2 };
const fast = { optimizer: "adam", losses: [100, 80, 60, 50, 45], secondsPerEpoch: 1 };

test("the verdict names who wins per epoch and per second", () => {
  equal(
    verdict(resultOf([slow, fast])),
    "On data, K-BFGS wins per epoch and per second. " +
      "Training loss after 2 epochs each: K-BFGS 20.00, Adam 60.00; " +
      "training loss after 4.0 s each: K-BFGS 20.00, Adam 45.00.",
  );
});

test("the verdict tells of a loss as of a win", () => {
  const quick = { ...fast, losses: [100, 50, 30, 20, 10] };
  ok(/K-BFGS wins per epoch and Adam wins per second\./.test(verdict(resultOf([slow, quick]))), "");
  const best = { ...fast, losses: [100, 30, 15, 12, 10] };
  ok(/^On data, Adam wins per epoch and per second\./.test(verdict(resultOf([slow, best]))), "");
});

test("the verdict calls level what differs by less than a hundredth", () => {
  const level = { ...fast, losses: [100, 50, 20.1, 20.1, 20.1] };
  const text = verdict(resultOf([slow, level]));
  ok(
    /K-BFGS and Adam are level per epoch and K-BFGS and Adam are level per second/.test(text),
    text,
  );
});

test("the verdict compares at equal seconds between epochs, and counts steps and seconds to the target", () => {
  const { rows } = comparisonTable(resultOf([slow, { ...fast, losses: [100, 80, 60, 50] }]));
  equal(rows, [
    ["training loss after 2 epochs each", "20.00", "60.00", "K-BFGS"],
    ["training loss after 3.0 s each", "30.00", "50.00", "K-BFGS"],
    ["steps to a training loss of 50.00", "8", "30", "K-BFGS"],
    ["seconds to a training loss of 50.00", "1.7", "3.0", "K-BFGS"],
  ]);
});

test("the verdict names what diverged, was interrupted or ended at the edge of its search", () => {
  const diverged = verdict(resultOf([{ ...slow, ending: "non-finite" }, fast]));
  ok(
    /^On data, Adam is at a training loss of 45.00 after 4 epochs.*K-BFGS diverged\.$/.test(
      diverged,
    ),
    diverged,
  );
  const stopped = verdict(resultOf([slow, { ...fast, ending: "interrupted" }]));
  ok(/Adam was interrupted\.$/.test(stopped), stopped);
  const edge = verdict(resultOf([slow, { ...fast, isAtEdge: true }]));
  ok(/best step size of Adam .* at the edge .* may lie beyond\.$/.test(edge), edge);
  equal(verdict(resultOf([])), "Nothing was learnt on data.");
});
