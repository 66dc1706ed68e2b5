// Numbers at both ends of float32: refused by name, or harmless, but never kept.
import { kBfgs, kfac, NonFiniteError, type Optimizer, type Problem } from "../../mod.ts";
import { ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { type Form, FORMS, has, METHODS } from "./_methods.ts";
import { type TwinProblem, twinProblem, type TwinProblemOptions } from "./_problem.ts";
import { allFinite, sameSnapshot, snapshot } from "./_snapshot.ts";

const BATCHES = 3;

function problemAt({ model, loss, batches }: TwinProblem, step: number): Problem {
  return { model, loss, batch: batches[step % BATCHES].batch };
}

test("kBfgs() stays finite while its pairs shrink to nothing", () => {
  for (const mode of ["2020", "improved"] as const) {
    for (const memory of [undefined, 4]) {
      using problem = twinProblem({ dtype: "float32" });
      const optimizer = kBfgs({
        mode,
        memory,
        decay: 0.5,
        learningRate: (step) => step < 5 ? 0.1 : 1e-30,
      });
      using state = optimizer.init(problem.model);
      for (let step = 0; step < 400; step++) optimizer.step(state, problemAt(problem, 0));
      allFinite(problem.model, state, `mode ${mode}, memory ${memory}`);
      const steady = kBfgs({ mode, memory, learningRate: 0.1 });
      const first = steady.step(state, problemAt(problem, 0)).loss;
      for (let step = 0; step < 20; step++) steady.step(state, problemAt(problem, 0));
      ok(steady.step(state, problemAt(problem, 0)).loss < first, "training went on");
    }
  }
});

test("methods stay finite where every gradient is zero", () => {
  for (const [name, optimizer] of Object.entries(METHODS)) {
    using problem = twinProblem({
      dtype: "float32",
      lossName: "squaredError",
      layers: [{ units: 4, activation: "relu" }, { units: 3 }],
    });
    const { model, batches } = problem;
    model.parameters.data.fill(0);
    model.parametersChanged();
    for (const { batch } of batches) batch.target.data.fill(0);
    using state = optimizer.init(model);
    for (let step = 0; step < 30; step++) optimizer.step(state, problemAt(problem, step));
    allFinite(model, state, name);
  }
});

interface Overflow {
  readonly where: RegExp;
  readonly methods: Readonly<Record<string, Optimizer>>;
  readonly options: TwinProblemOptions;
  enlarge(problem: TwinProblem): void;
}

function methodsWith(isLike: (form: Form) => boolean): Record<string, Optimizer> {
  const found = Object.entries(FORMS).filter(([, form]) => isLike(form));
  return Object.fromEntries(found.map(([name, { optimizer }]) => [name, optimizer]));
}

const OVERFLOWS: Readonly<Record<string, Overflow>> = {
  "inputs whose squares overflow": {
    where: /site "dense_1", factor A/,
    methods: {
      ...methodsWith((form) => has(form, "takesMoments")),
      "kfac with intervals": kfac({ inverseInterval: 100, warmupSteps: 1 }),
    },
    options: {},
    enlarge: ({ batches }) => {
      const { data } = batches[0].batch.input;
      for (let i = 0; i < data.length; i++) data[i] *= 1e20;
    },
  },
  "gradients whose squares overflow": {
    where: /site "dense_\d", factor G/,
    methods: {
      "kfac": kfac({ fisher: "empirical" }),
      "kfac with intervals": kfac({ fisher: "empirical", inverseInterval: 100, warmupSteps: 1 }),
    },
    options: { lossName: "softmaxWeights" },
    enlarge: ({ batches }) => {
      const { data } = batches[0].batch.target;
      for (let i = 0; i < data.length; i++) data[i] *= 1e25;
    },
  },
};

for (const [what, { where, methods, options, enlarge }] of Object.entries(OVERFLOWS)) {
  test(`${what} are refused as a factor of a site, and the step did not happen`, () => {
    for (const [name, optimizer] of Object.entries(methods)) {
      for (const moment of [0, 4]) {
        using problem = twinProblem({ dtype: "float32", ...options });
        const { model } = problem;
        using state = optimizer.init(model);
        for (let step = 0; step < moment; step++) optimizer.step(state, problemAt(problem, 1));
        enlarge(problem);
        const before = snapshot(model, state);
        throws(() => optimizer.step(state, problemAt(problem, 0)), NonFiniteError, where);
        sameSnapshot(snapshot(model, state), before, `${name} at ${moment}`);
        const first = optimizer.step(state, problemAt(problem, 1)).loss;
        for (let step = 0; step < 20; step++) optimizer.step(state, problemAt(problem, 1));
        ok(optimizer.step(state, problemAt(problem, 1)).loss < first, "training went on");
        allFinite(model, state, name);
      }
    }
  });
}

test("a warm start over inputs whose squares overflow is refused as a factor of a site", () => {
  for (
    const optimizer of Object.values(methodsWith(({ method }) => method.warmStarts !== undefined))
  ) {
    using problem = twinProblem({ dtype: "float32" });
    const { model, loss, batches } = problem;
    OVERFLOWS["inputs whose squares overflow"].enlarge(problem);
    const warmStart = batches.map(({ batch }) => batch);
    throws(() => optimizer.init(model, { loss, warmStart }), NonFiniteError, /"dense_1", factor A/);
  }
});

test("kBfgs() keeps its state finite through inputs and targets of every size", () => {
  for (const mode of ["2020", "improved"] as const) {
    for (const memory of [undefined, 4]) {
      for (const size of [1e-40, 1e-20, 1e10, 1e20, 1e30, 1e38]) {
        using problem = twinProblem({ dtype: "float32", lossName: "huber" });
        const { model, batches: [{ batch }] } = problem;
        const optimizer = kBfgs({ mode, memory });
        using state = optimizer.init(model);
        optimizer.step(state, problemAt(problem, 1));
        for (const { data } of [batch.input, batch.target]) {
          for (let i = 0; i < data.length; i++) data[i] *= size;
        }
        for (let step = 0; step < 6; step++) {
          const before = snapshot(model, state);
          try {
            optimizer.step(state, problemAt(problem, step));
          } catch (error) {
            ok(error instanceof NonFiniteError, `${error}`);
            sameSnapshot(snapshot(model, state), before, `${mode}, ${memory}, ${size}`);
          }
          allFinite(model, state, `${mode}, ${memory}, ${size}`);
        }
      }
    }
  }
});
