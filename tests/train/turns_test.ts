// Timers tick while something long is computed, signals act, and no bit depends on it.
import {
  curveFit,
  curveFitAsync,
  dense,
  evaluate,
  evaluateAsync,
  fit,
  hessianFree,
  kBfgs,
  kfac,
  type Optimizer,
  sequential,
  squaredError,
  tanh,
  tensor,
  train,
} from "../../mod.ts";
import { checkpoint } from "../../checkpoint.ts";
import { equal, ok, rejects, sameBytes } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { SIGNAL_DELAY_MS } from "../_support/tolerance.ts";
import { METHODS } from "../optimizers/_methods.ts";
import { endlessFit, longRun, network, samples } from "./_long.ts";
import { runModel, runOptions } from "./_run.ts";

const TIMEOUT_MS = 100;
const ATTEMPTS = 5;

/** Milliseconds from when the timer of a signal is due until its hearer has ended, the least of a few attempts. */
async function delay(body: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < ATTEMPTS && !(least <= SIGNAL_DELAY_MS); i++) {
    const start = performance.now();
    await body(AbortSignal.timeout(TIMEOUT_MS));
    least = Math.min(least, performance.now() - start - TIMEOUT_MS);
  }
  return least;
}

/** Fits a network to samples that it cannot learn. */
async function fitNetwork(signal: AbortSignal): Promise<string> {
  using model = sequential({ input: [8], seed: 1, dtype: "float64" }, [
    dense(6),
    tanh(),
    dense(1),
  ]);
  const rows = Array.from({ length: 100 }, (_, i) => i);
  const input = rows.map((i) =>
    Array.from({ length: 8 }, (_, j) => (i * 37 + j * j * 11) % 64 / 32 - 1)
  );
  using x = tensor(input, { dtype: "float64" });
  using y = tensor(rows.map((i) => [i * i * 29 % 64 / 32 - 1]), { dtype: "float64" });
  const { status } = await curveFitAsync(model, x, y, {
    tolerance: 1e-300,
    maxIterations: 1e6,
    signal,
  });
  return status;
}

/** A step of Hessian-free optimization that alone takes longer than anybody waits. */
async function longStep(signal: AbortSignal): Promise<void> {
  using model = network(50, 100);
  const optimizer = hessianFree({
    initialDamping: 1e-8,
    solverTolerance: 1e-30,
    maxIterations: 1_000_000,
  });
  using state = optimizer.init(model);
  const before = await checkpoint({ model, optimizer, state });
  const data = samples(1000, 50);
  const { ending, last } = await fit(
    longRun(model, { optimizer, state, data, batchSize: 1000, signal }),
  );
  equal([ending, last], ["signal", undefined]);
  sameBytes(await checkpoint({ model, optimizer, state }), before, "the run after the signal");
}

/** A first state that many samples are needed for. */
async function longWarmStart(optimizer: Optimizer, signal: AbortSignal): Promise<void> {
  using model = network();
  const data = samples(300_000);
  const { ending, last } = await fit(longRun(model, { optimizer, data, batchSize: 1, signal }));
  equal([ending, last], ["signal", undefined]);
}

const HEARERS: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
  "train() of small steps": async (signal) => {
    using model = network();
    let last;
    for await (const progress of train(longRun(model, { signal }))) last = progress;
    ok(last && last.step < last.totalSteps, "the run went to its end");
    equal(last.ending, "signal");
  },
  "fit()": async (signal) => {
    using model = network();
    equal((await fit(longRun(model, { signal }))).ending, "signal");
  },
  "the evaluation of a run": async (signal) => {
    using model = network();
    const sets = { evaluate: { test: samples(200_000_000) } };
    const { ending, last } = await fit(longRun(model, { signal, ...sets }));
    equal([ending, last?.step, last?.metrics], ["signal", 1, undefined]);
  },
  "the validation of a run": async (signal) => {
    using model = network();
    const { ending, last } = await fit(
      longRun(model, { signal, validation: samples(200_000_000) }),
    );
    equal([ending, last?.step, last?.validationLoss], ["signal", 1, undefined]);
  },
  "the warm start of kfac()": (signal) => longWarmStart(kfac(), signal),
  "the warm start of kBfgs()": (signal) => longWarmStart(kBfgs(), signal),
  "a step of hessianFree()": longStep,
  "evaluateAsync()": async (signal) => {
    using model = network();
    const options = { batchSize: 32, signal };
    const evaluation = evaluateAsync(model, squaredError(), samples(200_000_000), options);
    await rejects(
      () =>
        evaluation.catch((error) => {
          equal(error === signal.reason, true, "the reason");
          throw new RangeError("Cannot evaluate: aborted");
        }),
      RangeError,
      /aborted/,
    );
  },
  "curveFitAsync()": async (signal) => equal((await endlessFit(signal)).status, "aborted"),
  "curveFitAsync() of a model": async (signal) => equal(await fitNetwork(signal), "aborted"),
};

for (const [name, hear] of Object.entries(HEARERS)) {
  test(`${name} hears a timer within 50 ms`, async () => {
    const late = await delay(hear);
    ok(late <= SIGNAL_DELAY_MS, `it ended ${late} ms after the timer was due`);
  });
}

test("timers tick while train() runs", async () => {
  using model = network();
  let ticks = 0;
  const timer = setInterval(() => ticks++, TIMEOUT_MS / 10);
  await fit(longRun(model, { signal: AbortSignal.timeout(4 * TIMEOUT_MS) }));
  clearInterval(timer);
  ok(ticks >= 5, `${ticks} ticks of a timer of 10 ms in 400 ms`);
});

test("turns of the event loop, and what happens in them, change no bit", async () => {
  for (const [name, optimizer] of Object.entries(METHODS)) {
    using quiet = runModel("float32"), busy = runModel("float32");
    const sets = { evaluate: { all: runOptions(quiet, optimizer).data } };
    await fit({ ...runOptions(quiet, optimizer), ...sets });
    using other = network(); // works in the same memory, between any two parts
    const rival = train(longRun(other));
    const timer = setInterval(() => void rival.next(), 0);
    for await (const { step } of train({ ...runOptions(busy, optimizer), ...sets })) {
      if (step % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    clearInterval(timer);
    await rival.return();
    equal(String(busy.parameters.data), String(quiet.parameters.data), name);
  }
});

test("evaluateAsync() and curveFitAsync() are what their synchronous forms are, to the bit", async () => {
  using model = network();
  const data = samples(100), options = { batchSize: 7 };
  const whole = evaluate(model, squaredError(), data, options);
  equal(await evaluateAsync(model, squaredError(), data, options), whole);
  const curve = ([a, b]: readonly number[], x: number) => a * x / (b + x);
  const fitting = [curve, [1, 2, 3, 5, 8], [1, 1.5, 2, 2.2, 2.5], { start: [1, 1] }] as const;
  equal(await curveFitAsync(...fitting), curveFit(...fitting));
});

test("evaluateAsync() refuses parameters that change before it is done", async () => {
  using model = network();
  const evaluation = evaluateAsync(model, squaredError(), samples(10_000_000), { batchSize: 32 });
  setTimeout(() => model.parametersChanged(), 0);
  await rejects(() => evaluation, TypeError, /the parameters changed/);
});
