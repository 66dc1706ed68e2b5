// Signals that are heard between two parts of something synchronous: an object whose `aborted` is asked.
import {
  blockHessianFree,
  curveFit,
  dense,
  evaluate,
  fit,
  gaussNewton,
  hessianFree,
  sequential,
  sgd,
  squaredError,
  tensor,
  zeros,
} from "../../mod.ts";
import { accumulate } from "../../operators.ts";
import { checkpoint, memoryStore } from "../../checkpoint.ts";
import { equal, ok, sameBytes, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { liveBytes } from "../_support/live_bytes.ts";
import { METHODS } from "../optimizers/_methods.ts";
import { longRun, network, samples } from "./_long.ts";

const REASON = new RangeError("Cannot go on: the time is up");

/** A signal that is aborted from its n-th question on; `asked` counts them. */
function after(n: number): AbortSignal & { readonly asked: number } {
  let asked = 0;
  const signal = {
    get aborted() {
      return asked++ >= n;
    },
    get asked() {
      return asked;
    },
    reason: REASON,
  };
  return signal as unknown as AbortSignal & { readonly asked: number };
}

test("evaluate() asks its signal before each batch, and throws its reason", () => {
  using model = network();
  const data = samples(50), loss = squaredError();
  const whole = evaluate(model, loss, data, { batchSize: 10 });
  const patient = after(Infinity);
  equal(evaluate(model, loss, data, { batchSize: 10, signal: patient }), whole);
  const before = liveBytes();
  for (let n = 0; n < patient.asked; n++) {
    const attempt = () => evaluate(model, loss, data, { batchSize: 10, signal: after(n) });
    throws(attempt, RangeError, /the time is up/);
  }
  equal(liveBytes(), before, "live bytes");
});

test("a signal without a reason has an AbortError", () => {
  using model = network();
  const signal = { aborted: true } as AbortSignal;
  try {
    evaluate(model, squaredError(), samples(10), { signal });
  } catch (error) {
    equal((error as DOMException).name, "AbortError");
    ok(/^Cannot evaluate: /.test((error as Error).message), String(error));
    return;
  }
  ok(false, "it went through");
});

test("accumulate() asks its signal before each mini-batch of a product", () => {
  using model = sequential({ input: [1], seed: 1 }, [dense(1)]);
  using a = tensor([[1], [2]]), b = tensor([[3]]), t = tensor([[0], [0]]), u = tensor([[0]]);
  const batches = [{ input: a, target: t }, { input: b, target: u }];
  using v = tensor([1, 1]), out = zeros([2]);
  const product = (signal?: AbortSignal): number[] => {
    using operator = accumulate(
      { model, loss: squaredError(), batches },
      (lin) => gaussNewton(lin),
      signal && { signal },
    );
    operator.apply(v, out);
    return [...out.data];
  };
  const expected = product();
  const patient = after(Infinity);
  equal(product(patient), expected);
  for (let n = 1; n < patient.asked; n++) throws(() => product(after(n)), RangeError, /time is up/);
});

test("curveFit() that is aborted has the parameters of its last accepted step", () => {
  const curve = ([a, b]: readonly number[], x: number) => a * x / (b + x);
  const [x, y, options] = [[1, 2, 3, 5, 8], [1, 1.5, 2, 2.2, 2.5], { start: [1, 1] }];
  const whole = curveFit(curve, x, y, options);
  const found: number[][] = [];
  for (let n = 1;; n++) {
    const fitted = curveFit(curve, x, y, { ...options, signal: after(n) });
    if (fitted.status !== "aborted") {
      equal(fitted, whole);
      break;
    }
    const steps = curveFit(curve, x, y, { ...options, maxIterations: fitted.iterations });
    equal(fitted.parameters, steps.parameters, `after ${fitted.iterations} steps`);
    found.push(fitted.parameters);
  }
  ok(found.length > 3, `${found.length} cuts`);
});

test("curveFit() of a model that is aborted leaves it with what it found, and no errors", () => {
  using x = tensor([[0], [1], [2], [3]], { dtype: "float64" });
  using y = tensor([[1], [3.1], [4.9], [7]], { dtype: "float64" });
  const fitted = (options: object) => {
    using model = sequential({ input: [1], dtype: "float64", seed: 1 }, [dense(1)]);
    const { status, parameters, standardErrors } = curveFit(model, x, y, options);
    equal([...model.parameters.data], parameters);
    return { status, parameters, standardErrors };
  };
  const { status, parameters, standardErrors } = fitted({ signal: after(2) });
  equal([status, standardErrors.map(String)], ["aborted", ["NaN", "NaN"]]);
  equal(parameters, fitted({ maxIterations: 1 }).parameters);
});

const IN_PARTS = [
  hessianFree({ curvatureChunks: 2, maxIterations: 20 }),
  blockHessianFree({ curvatureChunks: 2, maxIterations: 20 }),
  blockHessianFree({ mode: "plain", partition: [[1], [0]] }),
];

for (const optimizer of IN_PARTS) {
  const { name, options: { mode = "" } } = optimizer;
  test(`a step of ${name}() is given up anywhere, and everything is as before ${mode}`, async () => {
    using input = tensor([[1, 2], [3, -1], [0, 1], [2, 2]], { dtype: "float64" });
    using target = tensor([[1], [-1], [0], [2]], { dtype: "float64" });
    using model = sequential({ input: [2], seed: 1, dtype: "float64" }, [dense(4), dense(1)]);
    using state = optimizer.init(model);
    const problem = { model, loss: squaredError(), batch: { input, target } };
    optimizer.step(state, problem);
    const before = await checkpoint({ model, optimizer, state });
    const bytesBefore = liveBytes();
    const cuts: Uint8Array[] = [];
    for (let n = 1;; n++) {
      const signal = after(n);
      try {
        optimizer.step(state, { ...problem, signal });
        break;
      } catch (error) {
        equal(error === REASON, true, "the reason");
      }
      cuts.push(await checkpoint({ model, optimizer, state }));
      equal(liveBytes(), bytesBefore, `bytes after cut ${n}`);
    }
    ok(cuts.length > 10, `${cuts.length} cuts`);
    for (const [n, bytes] of cuts.entries()) sameBytes(bytes, before, `cut ${n}`);

    using twin = sequential({ input: [2], seed: 1, dtype: "float64" }, [dense(4), dense(1)]);
    using other = optimizer.init(twin);
    for (let i = 0; i < 2; i++) optimizer.step(other, { ...problem, model: twin });
    equal([...model.parameters.data], [...twin.parameters.data], "the step after all cuts");
  });
}

test("no optimizer begins a step whose signal is aborted", () => {
  using input = zeros([2, 2]), target = zeros([2, 1]);
  for (const [name, optimizer] of Object.entries(METHODS)) {
    using model = network();
    using state = optimizer.init(model);
    const { step } = optimizer, problem = { model, loss: squaredError(), batch: { input, target } };
    const attempt = () => step(state, { ...problem, signal: after(0) });
    throws(attempt, RangeError, /the time is up/);
    equal(state.step, 0, name);
    throws(() => step(state, { ...problem, signal: 1 as never }), TypeError, /signal/);
  }
});

test("an optimizer that wraps another's step has its own step taken", async () => {
  using model = network();
  let calls = 0;
  const inner = hessianFree();
  const optimizer = {
    ...inner,
    step: (...args: Parameters<typeof inner.step>) => {
      calls++;
      return inner.step(...args);
    },
  };
  await fit(longRun(model, { optimizer, epochs: 3 }));
  equal(calls, 3);
});

test("a run whose signal is no AbortSignal hears it before each step", async () => {
  using model = network();
  const signal = after(20);
  const { ending, last } = await fit(longRun(model, { optimizer: sgd(), signal }));
  equal(ending, "signal");
  ok(last !== undefined && last.step > 2 && last.step <= 20, `step ${last?.step}`);
});

test("a run that is cut within a step of hessianFree() resumes with the bits of a whole one", async () => {
  const optimizer = hessianFree({ maxIterations: 12 });
  const run = { optimizer, data: samples(40), batchSize: 10, epochs: 2 };
  using whole = network();
  await fit(longRun(whole, run));
  let cuts = 0;
  for (let n = 1;; n += 7) {
    const store = memoryStore();
    using first = network();
    const checkpoint = { store, every: 1000 };
    const { ending, last } = await fit(longRun(first, { ...run, checkpoint, signal: after(n) }));
    if (ending !== "signal") break;
    if (!last) continue; // nothing was stored
    cuts++;
    using second = network(); // whatever it has is replaced
    second.parameters.data.fill(0);
    second.parametersChanged();
    await fit(longRun(second, { ...run, resume: store }));
    equal([...second.parameters.data], [...whole.parameters.data], `cut at question ${n}`);
  }
  ok(cuts > 10, `${cuts} cuts`);
});
