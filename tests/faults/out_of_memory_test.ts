// Every request for memory of common tasks fails, once alone and once with all that follow: a typed error, nothing
// changed, nothing leaked, and the same result as ever when there is memory again.
import * as api from "../_support/api.ts";
import { dense, type Optimizer, Scope, sequential, tanh, type Tensor, tensor } from "../../mod.ts";
import { ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { survived } from "../_support/survived.ts";
import { randomRows, tensorOf } from "../_support/twins.ts";
import { FAULT_METHODS } from "../optimizers/_methods.ts";
import { exhaust, type Workload } from "./_exhaustion.ts";

/** At least so many failures, whatever becomes of the tasks. */
const LEAST_FAILURES = 300;

/** Elements as text, bits included: a NaN or a -0 shows. */
function textOf(...tensors: readonly Tensor[]): string {
  return tensors.map(({ data }) => Array.from(data, (x) => Object.is(x, -0) ? "-0" : x)).join(";");
}

interface Problem {
  readonly scope: Scope;
  readonly model: api.Model;
  readonly input: Tensor;
  readonly target: Tensor;
}

function problem(): Problem {
  const scope = new Scope();
  const model = scope.own(sequential({ input: [3], seed: 1 }, [dense(4), tanh(), dense(2)]));
  const input = scope.own(tensorOf(randomRows(1, 5, 3), "float32"));
  const target = scope.own(tensorOf(randomRows(2, 5, 2), "float32"));
  return { scope, model, input, target };
}

/** A task that leaves its results in a list. */
function task(use: (given: Problem, own: <T extends Tensor>(t: T) => T) => void): () => Workload {
  return () => {
    const given = problem();
    let found = "";
    return {
      run: () => {
        using results = new Scope();
        const made: Tensor[] = [];
        use(given, (t) => {
          made.push(t);
          return results.own(t);
        });
        found = textOf(...made);
      },
      bits: () => found + textOf(given.model.parameters, given.input, given.target),
      dispose: () => given.scope.dispose(),
    };
  };
}

/** The same batch again, for a method that judges its steps. */
function validationOf(
  { needsValidation }: Optimizer,
  batch: api.Batch,
): { validation?: api.Batch } {
  return needsValidation ? { validation: batch } : {};
}

/** The first state and one step, from parameters that are put back: each run is the same. */
function firstStep(optimizer: Optimizer): () => Workload {
  return () => {
    const { scope, model, input, target } = problem();
    const start = model.parameters.data.slice();
    let found = "";
    return {
      run: () => {
        const loss = api.squaredError(), batch = { input, target };
        using state = optimizer.init(model, { loss, warmStart: [batch] });
        optimizer.step(state, { model, loss, batch, ...validationOf(optimizer, batch) });
        found = textOf(model.parameters, ...state.tensors.values());
        model.parameters.data.set(start);
        model.parametersChanged();
      },
      bits: () => found + textOf(model.parameters),
      dispose: () => scope.dispose(),
    };
  };
}

/** One more step of a state that lives on. */
function laterStep(optimizer: Optimizer): () => Workload {
  return () => {
    const { scope, model, input, target } = problem();
    const state = scope.own(optimizer.init(model));
    return {
      run: () => {
        const batch = { input, target };
        const validation = validationOf(optimizer, batch);
        optimizer.step(state, { model, loss: api.squaredError(), batch, ...validation });
      },
      bits: () => state.step + textOf(model.parameters, ...state.tensors.values()),
      dispose: () => scope.dispose(),
    };
  };
}

/** A fit that begins where it began before. */
function fitting(): Workload {
  const { scope, model, input, target } = problem();
  const start = model.parameters.data.slice();
  let found = "";
  return {
    run: () => {
      const weights = [...target.data.subarray(0, input.shape[0])].map(Math.abs);
      const fit = api.curveFit(model, input, target, { weights, maxIterations: 2 });
      found = String([...fit.parameters, ...fit.standardErrors]);
      model.parameters.data.set(start);
      model.parametersChanged();
    },
    bits: () => found + textOf(model.parameters),
    dispose: () => scope.dispose(),
  };
}

const square = [[4, 1, 0], [1, 3, 1], [0, 1, 2]];

const WORKLOADS: Readonly<Record<string, () => Workload>> = {
  "tensors and random numbers": task((_, own) => {
    const t = own(tensor(square, { dtype: "float64" }));
    own(api.clone(own(api.cast(t, "float32"))));
    own(api.normal(api.randomKey(1), [100]));
    own(api.uniform(api.randomKey(2), [100], { dtype: "float64" }));
    own(tensor(api.permutation(api.randomKey(3), 50)));
    own(api.readNpy(api.writeNpy(t)));
  }),
  "products and factorizations": task((_, own) => {
    const a = own(tensor(square)), b = own(tensor([1, 2, 3]));
    own(api.matmul(a, a));
    own(api.choleskySolve(a, b));
    using factor = api.cholesky(a);
    own(factor.inverse());
    own(tensor([factor.logDeterminant()]));
    using found = api.eigh(a);
    own(api.clone(found.vectors));
  }),
  "building a network": () => {
    let found = "";
    return {
      run: () => {
        const sparse = dense(4, { initializer: api.martensSparse({ connections: 2 }) });
        using model = sequential({ input: [3], seed: 1 }, [sparse, tanh(), dense(2)]);
        found = textOf(model.parameters);
      },
      bits: () => found,
      dispose: () => {},
    };
  },
  "fitting a model": fitting,
  "predicting": task(({ model, input }, own) => void own(model.predict(input))),
  "all derivatives": task(({ model, input, target }, own) => {
    using lin = model.linearize(api.squaredError(), { input, target });
    const v = own(lin.gradient());
    own(lin.jvp(v));
    own(lin.vjp(target));
    own(lin.hvp(v));
  }),
  "curvature as operators": task(({ model, input, target }, own) => {
    using lin = model.linearize(api.squaredError(), { input, target });
    using v = lin.gradient();
    using positive = api.positiveCurvatureHessian(lin, { inputs: "second-moment" });
    using exact = api.exactPositiveCurvature(lin);
    own(positive.apply(v));
    own(exact.apply(v));
    using full = api.gaussNewton(lin);
    own(full.apply(v));
    using drawn = api.fisher(lin, { samples: 3, key: api.randomKey(1), blocks: "site" });
    own(drawn.apply(v));
    using damped = full.add(1);
    using solution = api.cg(damped, v);
    own(api.clone(solution.x));
  }),
  "evaluating": task(({ model }, own) => {
    const data = api.dataset({
      input: randomRows(3, 7, 3).flat(),
      target: randomRows(4, 7, 2).flat(),
      inputShape: [3],
      targetShape: [2],
    });
    const metrics = [api.reconstructionError()];
    const found = api.evaluate(model, api.squaredError(), data, { batchSize: 3, metrics });
    own(tensor(Object.values(found)));
  }),
};

const ALL: Readonly<Record<string, () => Workload>> = {
  ...WORKLOADS,
  ...Object.fromEntries(
    Object.entries(FAULT_METHODS).flatMap(([name, make]) => [
      [`the first step of ${name}`, firstStep(make())],
      [`another step of ${name}`, laterStep(make())],
    ]),
  ),
};

let failures = 0;

for (const [name, make] of Object.entries(ALL)) {
  test(`${name}: memory that runs out changes nothing and leaks nothing`, async () => {
    failures += await exhaust(make);
  });
}

test("train() gives everything back when memory runs out, and begins anew", async () => {
  failures += await exhaust(() => {
    const { scope, model } = problem();
    const start = model.parameters.data.slice();
    const data = api.dataset({
      input: randomRows(3, 8, 3).flat(),
      target: randomRows(4, 8, 2).flat(),
      inputShape: [3],
      targetShape: [2],
    });
    const run = { model, loss: api.squaredError(), data, batchSize: 4, epochs: 2 };
    let found = "";
    const putBack = (): void => {
      model.parameters.data.set(start);
      model.parametersChanged();
    };
    return {
      run: async () => {
        try {
          for await (const _ of api.train({ ...run, optimizer: api.kBfgs() })) {
            // each step alone is looked at above
          }
          found = textOf(model.parameters);
        } finally {
          putBack();
        }
      },
      bits: () => found,
      dispose: () => scope.dispose(),
    };
  });
});

test("failed requests for memory are many", () => {
  ok(failures >= LEAST_FAILURES, `only ${failures}`);
  survived(failures, "failed allocations");
});
