// Layers and losses of a user's own, and what checks them.
import * as api from "../../_support/api.ts";
import { dense, type Layer, type Loss } from "../../../mod.ts";
import { mixing, ROUND } from "../../nn/_own.ts";
import type { Examples } from "../_example.ts";
import { problem } from "./nn.ts";

const print = (): void => {};

export const OWN_EXAMPLES: Examples = {
  "defineLayer": () => ({ args: [mixing(2)], call: api.defineLayer }),
  "defineLoss": () => ({
    args: [{
      ...ROUND,
      options: { width: 2 },
      version: 2,
      isSumOverSteps: true,
      hessianRoot: (_z: api.FloatArray, _y: api.FloatArray, c: number, s: api.FloatArray) =>
        void (s[c] = 1),
      residuals: (z: api.FloatArray, _: api.FloatArray, r: api.FloatArray) => r.set(z),
      targetShape: (shape: api.Shape) => shape,
      sample: (z: api.FloatArray, _: api.FloatArray, y: api.FloatArray) => y.set(z),
    }],
    call: api.defineLoss,
  }),
  "checkLayer": () => ({
    args: [dense(2), { input: [3], batchSize: 2, dtype: "float32", seed: 1, print }],
    call: api.checkLayer,
  }),
  "checkLoss": (scope) => {
    const target = scope.own(api.tensor([[0.5, 1], [0, 0.25]]));
    return {
      args: [api.squaredError(), {
        output: [2],
        target,
        batchSize: 2,
        dtype: "float32",
        seed: 1,
        print,
      }],
      call: api.checkLoss,
    };
  },
  "checkModel": (scope) => {
    const { model, input, target } = problem(scope);
    const batch = { input, target, key: api.randomKey(1) };
    return {
      args: [model, { loss: api.squaredError(), batch, seed: 1, print }],
      call: (given: api.Model, options: api.CheckModelOptions) => api.checkModel(given, options),
    };
  },
  "Layer.outputShape of a layer of one's own": () => ({
    args: [[2]],
    call: (shape: number[]): unknown => ownLayer.outputShape(shape),
  }),
  "Layer.sites of a layer of one's own": () => ({
    args: [[2]],
    call: (shape: number[]): unknown => ownLayer.sites(shape),
  }),
  "Loss.evaluate of a loss of one's own": (scope) => {
    const [z, y, g] = [0, 1, 2].map(() => scope.own(api.tensor([[0.5, 0.25], [0, 1]])));
    return {
      args: [z, y, g],
      call: (...args: Parameters<Loss["evaluate"]>) => ownLoss.evaluate(...args),
      overlapping: { "2": [z, y] },
    };
  },
  "Loss.hessianRoot of a loss of one's own": (scope) => {
    const [z, y, work, out] = [0, 1, 2, 3].map(() => scope.own(api.tensor([[0.5, 0.25], [0, 1]])));
    const call = (...args: [api.Tensor, api.Tensor, api.Tensor]) =>
      ownLoss.hessianRoot!(...args)(1, out);
    return { args: [z, y, work], call, overlapping: { "2": [z, y] } };
  },
  "Loss.residuals of a loss of one's own": (scope) => {
    const [z, y, out] = [0, 1, 2].map(() => scope.own(api.tensor([[0.5, 0.25], [0, 1]])));
    const call = (...args: [api.Tensor, api.Tensor, api.Tensor]) => ownLoss.residuals!(...args);
    return { args: [z, y, out], call, overlapping: { "2": [z, y] } };
  },
  "Loss.hessianProduct of a loss of one's own": (scope) => {
    const [z, y, u, out] = [0, 1, 2, 3].map(() => scope.own(api.tensor([[0.5, 0.25], [0, 1]])));
    return {
      args: [z, y, u, out],
      call: (...args: Parameters<Loss["hessianProduct"]>) => ownLoss.hessianProduct(...args),
      overlapping: { "3": [z, y, u] },
    };
  },
};

const ownLayer: Layer = api.defineLayer(mixing(2));
const ownLoss: Loss = api.defineLoss({
  ...ROUND,
  hessianRoot: (_z, _y, c, s) => void (s[c] = 1),
  residuals: (z, y, r) => z.forEach((v, i) => r[i] = v - y[i]),
});
