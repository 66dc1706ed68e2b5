// Layers, losses, models, linearizations.
import * as api from "../../_support/api.ts";
import {
  dense,
  type Loss,
  type Scope,
  sequential,
  tanh,
  type Tensor,
  tensor,
} from "../../../mod.ts";
import { ROWS } from "../../nn/_layers.ts";
import { LOSSES } from "../../nn/_losses.ts";
import type { Domains } from "../_domains.ts";
import type { Example, Examples } from "../_example.ts";

const layers = () => [dense(3), tanh(), dense(2)];

/** A model of two sites with a batch. */
export function problem(scope: Scope) {
  const model = scope.own(sequential({ input: [2], seed: 1 }, layers()));
  const input = scope.own(tensor([[1, 2], [3, 4], [0, 1]]));
  const target = scope.own(tensor([[1, 0], [0, 1], [1, 1]]));
  return { model, input, target };
}

/** A recurrent model with sequences of unequal lengths. */
function sequences(scope: Scope) {
  const model = scope.own(sequential({ input: [3, 1], seed: 1 }, [api.lstm(2)]));
  const input = scope.own(tensor([[[1], [2], [3]], [[4], [0], [0]]]));
  const target = scope.own(api.zeros([2, 3, 2]));
  return { model, input, target, lengths: [3, 1] };
}

function linearized(scope: Scope) {
  const { model, input, target } = problem(scope);
  const lin = scope.own(model.linearize(api.squaredError(), { input, target }));
  const direction = scope.own(api.clone(model.parameters));
  const outputs = scope.own(api.clone(target));
  const out = scope.own(api.clone(model.parameters));
  return { model, lin, direction, outputs, out, target };
}

function blockOf(scope: Scope) {
  const { model } = problem(scope);
  const [block] = api.partition(model, [["dense_1"], ["dense_2"]]).blocks;
  const own = scope.own(block.gather(model.parameters));
  const out = scope.own(api.clone(model.parameters));
  return { model, block, own, out };
}

function lossTensors(scope: Scope) {
  const like = () => scope.own(tensor([[0.5, 0.25], [0, 1]]));
  return [like(), like(), like(), like()] as const;
}

/** The methods of one loss, with the names of the callables. */
function lossExamples(name: string, loss: Loss): Examples {
  const found: Record<string, (scope: Scope) => Example> = {
    "Loss.checkTarget": (scope) => ({
      args: [[2, 2], lossTensors(scope)[0]],
      call: (...args: Parameters<Loss["checkTarget"]>) => loss.checkTarget(...args),
    }),
    "Loss.evaluate": (scope) => {
      const [z, y, g] = lossTensors(scope);
      return {
        args: [z, y, g],
        call: (...args: Parameters<Loss["evaluate"]>) => loss.evaluate(...args),
        overlapping: { "2": [z, y] },
      };
    },
    "Loss.hessianProduct": (scope) => {
      const [z, y, u, out] = lossTensors(scope);
      return {
        args: [z, y, u, out],
        call: (...args: Parameters<Loss["hessianProduct"]>) => loss.hessianProduct(...args),
        overlapping: { "3": [z, y] },
      };
    },
  };
  const { hessianRoot, meanHessian, residuals, sample } = loss;
  if (meanHessian) {
    found["Loss.meanHessian"] = (scope) => {
      const [z, y, work] = lossTensors(scope), width = z.size / z.shape[0];
      const out = scope.own(api.zeros([width, width]));
      const call = (...args: Parameters<typeof meanHessian>) => meanHessian(...args);
      return { args: [z, y, "abs", work, out], call, overlapping: { "3": [z, y], "4": [z, y] } };
    };
  }
  if (hessianRoot) {
    found["Loss.hessianRoot"] = (scope) => {
      const [z, y, work] = lossTensors(scope), out = scope.own(api.clone(z));
      const call = (...args: Parameters<typeof hessianRoot>) => hessianRoot(...args)(1, out);
      return { args: [z, y, work], call, overlapping: { "2": [z, y] } };
    };
  }
  if (residuals) {
    found["Loss.residuals"] = (scope) => {
      const [z, y, out] = lossTensors(scope);
      const call = (...args: Parameters<typeof residuals>) => residuals(...args);
      return { args: [z, y, out], call, overlapping: { "2": [z, y] } };
    };
  }
  if (sample) {
    found["Loss.sample"] = (scope) => ({
      args: [lossTensors(scope)[0], api.randomKey(1)],
      call: (...args: Parameters<typeof sample>) => sample(...args),
    });
  }
  return Object.fromEntries(
    Object.entries(found).map(([method, make]) => [`${method} of ${name}()`, make]),
  );
}

function indexLoss(name: string, loss: Loss): Examples {
  return {
    [`Loss.evaluate of ${name}() with indices`]: (scope) => {
      const [z, , g] = lossTensors(scope);
      const y = scope.own(tensor([0, 1]));
      const call = (...args: Parameters<Loss["evaluate"]>) => loss.evaluate(...args);
      return { args: [z, y, g], call, overlapping: { "1": [scope.own(tensor([0, 7]))] } };
    },
  };
}

type Made = (...args: never[]) => unknown;

const maker = (name: string): Made => api[name as keyof typeof api] as Made;

/** The methods of one layer, those included that few have. */
function layerExamples(name: string, layer: api.Layer, input: number[]): Examples {
  return Object.fromEntries(
    (["outputShape", "sites", "state", "couplesSamples"] as const).flatMap((method) => {
      const call = layer[method];
      if (!call) return [];
      return [[`Layer.${method} of ${name}()`, () => ({ args: [input], call })]];
    }),
  );
}

/** A function with its arguments, if it has any. */
function making(name: string, args: readonly unknown[], domains: Domains): Examples {
  return args.length === 0 ? {} : { [name]: () => ({ args, call: maker(name), domains }) };
}

const allLayers: Examples = Object.assign(
  {},
  ...Object.entries(ROWS).map(([name, { layer, everyOption, input, domains }]): Examples => ({
    ...making(name, everyOption, domains),
    ...layerExamples(name, layer(), [...input]),
  })),
);

const allLosses: Examples = Object.assign(
  {},
  ...Object.entries(LOSSES).map(([name, { loss, args, domains, takesIndices }]): Examples => ({
    ...making(name, args, domains),
    ...lossExamples(name, loss),
    ...(takesIndices && indexLoss(name, loss)),
  })),
);

export const NN_EXAMPLES: Examples = {
  ...allLayers,
  ...allLosses,
  "martensSparse": () => ({
    args: [{ connections: 3, standardDeviation: 2, bias: 0.25 }],
    call: api.martensSparse,
  }),
  "sequential": () => ({
    args: [{ input: [2], seed: 1, dtype: "float32" }, layers()],
    call: api.sequential,
  }),
  "new Model": () => ({
    args: [{ input: [2], seed: 1, dtype: "float32" }, layers()],
    call: (...args: ConstructorParameters<typeof api.Model>) => new api.Model(...args),
  }),
  "Model.predict": (scope) => {
    const { model, input, lengths } = sequences(scope);
    const call = (...args: Parameters<typeof model.predict>) => model.predict(...args);
    return { args: [input, { lengths }], call };
  },
  "Model.visitInputs": (scope) => {
    const { model, input, lengths } = sequences(scope);
    const call = (...args: Parameters<typeof model.visitInputs>) => model.visitInputs(...args);
    return { args: [input, () => {}, { lengths }], call };
  },
  "Model.linearize of sequences": (scope) => {
    const { model, ...batch } = sequences(scope);
    const call = (...args: Parameters<typeof model.linearize>) => model.linearize(...args);
    return {
      args: [api.squaredError(), { ...batch, key: api.randomKey(1), firstSample: 2 }],
      call,
    };
  },
  "Model.linearize": (scope) => {
    const { model, input, target } = problem(scope);
    const call = (...args: Parameters<typeof model.linearize>) => model.linearize(...args);
    return { args: [api.squaredError(), { input, target, key: api.randomKey(1) }], call };
  },
  "Linearization.gradient": (scope) => {
    const { lin, out, model } = linearized(scope);
    return {
      args: [out],
      call: (given: Tensor) => void lin.gradient(given),
      overlapping: { "0": [model.parameters] },
    };
  },
  "Linearization.perSampleGradients": (scope) => {
    const { lin, model } = linearized(scope);
    const out = scope.own(api.zeros([3, model.parameterCount]));
    return {
      args: [out],
      call: (given: Tensor) => void lin.perSampleGradients(given),
      overlapping: { "0": [model.parameters, lin.target] },
    };
  },
  "Linearization.jvp": (scope) => {
    const { lin, direction, outputs } = linearized(scope);
    return {
      args: [direction, outputs, [0, 1]],
      call: (...args: Parameters<typeof lin.jvp>) => void lin.jvp(...args),
      overlapping: { "1": [lin.target, lin.output] },
    };
  },
  "partition": (scope) => ({
    args: [problem(scope).model, [["dense_1"], [1]]],
    call: api.partition,
  }),
  "SiteBlock.offsetOf": (scope) => {
    const { block } = blockOf(scope);
    return { args: [0], call: (site: number) => block.offsetOf(site) };
  },
  "SiteBlock.views": (scope) => {
    const { model, block } = blockOf(scope);
    return { args: [model.parameters], call: (v: Tensor) => void block.views(v) };
  },
  "SiteBlock.gather": (scope) => {
    const { model, block, own } = blockOf(scope);
    return {
      args: [model.parameters, own],
      call: (...args: Parameters<typeof block.gather>) => void block.gather(...args),
    };
  },
  "SiteBlock.scatter": (scope) => {
    const { out, block, own } = blockOf(scope);
    return {
      args: [own, out],
      call: (...args: Parameters<typeof block.scatter>) => void block.scatter(...args),
    };
  },
  "HiddenStates.damp": (scope) => {
    const model = scope.own(api.sequential({ input: [2, 1] }, [api.lstm(1)]));
    const [input, target] = [0, 1].map(() => scope.own(api.zeros([3, 2, 1])));
    const { hiddenStates } = scope.own(model.linearize(api.squaredError(), { input, target }));
    return {
      args: [0.5, () => {}],
      call: (factor: number, pull: () => void) => hiddenStates?.damp(factor, pull),
    };
  },
  "Linearization.vjpRows": (scope) => {
    const { lin, outputs } = linearized(scope);
    return { args: [outputs], call: (u: Tensor) => void lin.vjpRows(u) };
  },
  "Linearization.vjp": (scope) => {
    const { lin, outputs, out, model } = linearized(scope);
    return {
      args: [outputs, out, [0, 1]],
      call: (...args: Parameters<typeof lin.vjp>) => void lin.vjp(...args),
      overlapping: { "1": [model.parameters] },
    };
  },
  "Linearization.hvp": (scope) => {
    const { lin, direction, out, model } = linearized(scope);
    return {
      args: [direction, out],
      call: (...args: Parameters<typeof lin.hvp>) => void lin.hvp(...args),
      overlapping: { "1": [model.parameters] },
    };
  },
  "Linearization.siteCotangents": (scope) => {
    const { lin, outputs } = linearized(scope);
    const call = (...args: Parameters<typeof lin.siteCotangents>) =>
      void lin.siteCotangents(...args);
    return { args: [outputs, [0, 1]], call };
  },
};
