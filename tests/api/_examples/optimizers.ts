// Optimizers and their states.
import * as api from "../../../mod.ts";
import {
  type Model,
  type ModelFitOptions,
  type Optimizer,
  OptimizerState,
  type Scope,
  type Tensor,
} from "../../../mod.ts";
import type { Example, Examples } from "../_example.ts";
import { type Method, TABLE } from "../../optimizers/_method_table.ts";
import { problem } from "./nn.ts";

function stateOf(scope: Scope): OptimizerState {
  return scope.own(new OptimizerState(problem(scope).model));
}

function methodExamples([name, { make, everyOption }]: readonly [string, Method]): Examples {
  const optimizer = make();
  return {
    [name]: () => ({ args: [everyOption], call: make }),
    [`Optimizer.init of ${optimizer.name}()`]: (scope): Example => {
      const { model, input, target } = problem(scope);
      return {
        args: [model, { loss: api.squaredError(), warmStart: [{ input, target }] }],
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

export const OPTIMIZER_EXAMPLES: Examples = {
  "heavyBall": () => ({ args: [0.5], call: api.heavyBall }),
  "nesterov": () => ({ args: [0.5], call: api.nesterov }),
  "movingAverage": () => ({ args: [0.5], call: api.movingAverage }),
  "curveFit": () => ({
    args: [
      ([a, b]: readonly number[], x: number) => a + b * x,
      [0, 1, 2],
      [1, 2, 4],
      {
        start: [1, 1],
        jacobian: (_: readonly number[], x: number) => [1, x],
        weights: [1, 2, 1],
        tolerance: 0.25,
        maxIterations: 10,
        damping: 0.5,
        acceleration: 0.75,
      },
    ],
    call: (...args: Parameters<typeof api.curveFit<number>>) => void api.curveFit(...args),
  }),
  "curveFit of a model": (scope) => {
    const { model, input, target } = problem(scope);
    const limits = { tolerance: 0.25, maxIterations: 10, damping: 0.5, acceleration: 0.75 };
    return {
      args: [model, input, target, {
        weights: Array.from({ length: input.shape[0] }, () => 1),
        ...limits,
      }],
      call: (model: Model, x: Tensor, y: Tensor, options: ModelFitOptions) =>
        void api.curveFit(model, x, y, options),
    };
  },
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
  ...Object.assign({}, ...Object.entries(TABLE).map(methodExamples)),
};
