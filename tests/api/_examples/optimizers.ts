// Optimizers and their states.
import * as api from "../../_support/api.ts";
import { type Optimizer, OptimizerState, type Scope } from "../../../mod.ts";
import { type Domains, domainsIn } from "../_domains.ts";
import type { Example, Examples } from "../_example.ts";
import { type Method, TABLE } from "../../optimizers/_method_table.ts";
import { problem } from "./nn.ts";

function stateOf(scope: Scope): OptimizerState {
  return scope.own(new OptimizerState(problem(scope).model));
}

/** What becomes of batches that are none in a warm start. */
const WARM_STARTS = {
  none: { "1.warmStart": "ignored batches" },
  first: {},
  late: { "1.warmStart": "late batches" },
} as const satisfies Readonly<Record<string, Domains>>;

function methodExamples(
  [name, { make, everyOption, domains, warmStarts }]: readonly [string, Method],
): Examples {
  const optimizer = make();
  return {
    [name]: () => ({ args: [everyOption], call: make, domains: domainsIn("0", domains) }),
    [`Optimizer.init of ${optimizer.name}()`]: (scope): Example => {
      const { model, input, target } = problem(scope);
      return {
        args: [model, { loss: api.squaredError(), warmStart: [{ input, target }] }],
        domains: WARM_STARTS[warmStarts ?? "none"],
        call: (...args: Parameters<Optimizer["init"]>) => optimizer.init(...args),
      };
    },
    [`Optimizer.step of ${optimizer.name}()`]: (scope): Example => {
      const { model, input, target } = problem(scope);
      const state = scope.own(optimizer.init(model));
      return {
        args: [state, { model, loss: api.squaredError(), batch: { input, target } }],
        call: (...args: Parameters<Optimizer["step"]>) => void optimizer.step(...args),
      };
    },
  };
}

/** A curve's points with every option. */
function functionFit(): unknown[] {
  return [
    ([a, b]: readonly number[], x: number) => a + b * x,
    [0, 1, 2],
    [1, 2, 4],
    {
      start: [1, 1],
      jacobian: (_: readonly number[], x: number) => [1, x],
      weights: [1, 2, 1],
      ...LIMITS,
      signal: new AbortController().signal,
    },
  ];
}

/** A model's samples with every option. */
function modelFit(scope: Scope): unknown[] {
  const { model, input, target } = problem(scope);
  const weights = Array.from({ length: input.shape[0] }, () => 1);
  return [model, input, target, { weights, ...LIMITS, signal: new AbortController().signal }];
}

const LIMITS = { tolerance: 0.25, maxIterations: 10, initialDamping: 0.5, acceleration: 0.75 };

export const OPTIMIZER_EXAMPLES: Examples = {
  "heavyBall": () => ({ args: [0.5], call: api.heavyBall }),
  "nesterov": () => ({ args: [0.5], call: api.nesterov }),
  "movingAverage": () => ({ args: [0.5], call: api.movingAverage }),
  "curveFit": () => ({ args: functionFit(), call: api.curveFit }),
  "curveFit of a model": (scope) => ({ args: modelFit(scope), call: api.curveFit }),
  "curveFitAsync": () => ({ args: functionFit(), call: api.curveFitAsync }),
  "curveFitAsync of a model": (scope) => ({ args: modelFit(scope), call: api.curveFitAsync }),
  "new OptimizerState": (scope) => ({
    args: [problem(scope).model],
    call: (model: api.Model) => new OptimizerState(model),
  }),
  "new Replaceable": (scope) => ({
    args: [stateOf(scope), "momentum", [3]],
    call: (...args: ConstructorParameters<typeof api.Replaceable>) =>
      void new api.Replaceable(...args),
  }),
  "OptimizerState.remember": (scope) => {
    const state = stateOf(scope);
    const call = (...args: Parameters<typeof state.remember>) => state.remember(...args);
    return { args: ["momentum", [3], "float64"], call };
  },
  "OptimizerState.rememberReplaceable": (scope) => {
    const state = stateOf(scope);
    const call = (...args: Parameters<typeof state.rememberReplaceable>) =>
      void state.rememberReplaceable(...args);
    return { args: ["momentum", [3]], call };
  },
  "OptimizerState.workspace": (scope) => {
    const state = stateOf(scope);
    const call = (...args: Parameters<typeof state.workspace>) => state.workspace(...args);
    return { args: [[3], "float64"], call };
  },
  "OptimizerState.deriveBy": (scope) => {
    const state = stateOf(scope);
    return { args: [() => {}], call: (recompute: () => void) => state.deriveBy(recompute) };
  },
  "OptimizerState.belongsTo": (scope) => {
    const state = stateOf(scope);
    return { args: [problem(scope).model], call: (model: api.Model) => state.belongsTo(model) };
  },
  "OptimizerState.checkModel": (scope) => {
    const { model } = problem(scope);
    const state = scope.own(new OptimizerState(model));
    const call = (...args: Parameters<typeof state.checkModel>) => state.checkModel(...args);
    return { args: ["mine", model], call };
  },
  "Optimizer.step of levenbergMarquardt() that is judged": (scope) => {
    const { model, input, target } = problem(scope), batch = { input, target };
    const optimizer = api.levenbergMarquardt({ patience: 2 });
    const state = scope.own(optimizer.init(model));
    const validation = { input: scope.own(api.clone(input)), target: scope.own(api.clone(target)) };
    return {
      args: [state, { model, loss: api.squaredError(), batch, validation }],
      call: (...args: Parameters<Optimizer["step"]>) => void optimizer.step(...args),
      // the validation batch is evaluated first; the batch itself is tried in steps that are not judged
      skips: {
        "1.batch.input": /^a tensor/,
        "1.batch.target": /^a tensor/,
        "1.batch.lengths": /^/,
      },
    };
  },
  ...Object.assign({}, ...Object.entries(TABLE).map(methodExamples)),
};
