// Methods of gradients alone.
import { adam, adamw, heavyBall, movingAverage, nesterov, sgd } from "../../../mod.ts";
import type { Method } from "../_method.ts";
import { COMMON, COMMON_DOMAINS, MOMENTUM_DOMAIN } from "./common.ts";

const MOMENTS = { beta1: 0.25, beta2: 0.25, epsilon: 0.25 };
const MOMENTS_DOMAINS = { beta1: "fraction", beta2: "fraction", epsilon: "positive" } as const;

/** By the name of the function. */
export const FIRST_ORDER: Readonly<Record<string, Method>> = {
  sgd: {
    make: sgd,
    forms: {
      "sgd": { learningRate: 0.1 },
      "sgd, heavy-ball": { learningRate: 0.05, momentum: heavyBall() },
      "sgd, Nesterov": { learningRate: 0.05, momentum: nesterov() },
      "sgd, moving average": { learningRate: 0.1, momentum: movingAverage() },
    },
    faultForms: {
      "sgd": { learningRate: 0.1 },
      "sgd, heavy-ball": { learningRate: 0.05, momentum: heavyBall() },
      "sgd, Nesterov": { learningRate: 0.05, momentum: nesterov() },
    },
    everyOption: { ...COMMON, momentum: heavyBall(0.5) },
    domains: { ...COMMON_DOMAINS, ...MOMENTUM_DOMAIN },
    sites: "all",
  },
  adam: {
    make: adam,
    forms: { "adam": { learningRate: 0.01 } },
    faultForms: { "adam": { learningRate: 0.01 } },
    everyOption: { ...COMMON, ...MOMENTS },
    domains: { ...COMMON_DOMAINS, ...MOMENTS_DOMAINS },
    sites: "all",
  },
  adamw: {
    make: adamw,
    forms: { "adamw": { learningRate: 0.01, weightDecay: 0.1 } },
    faultForms: { "adamw": { learningRate: 0.01 } },
    everyOption: { ...COMMON, ...MOMENTS },
    domains: { ...COMMON_DOMAINS, ...MOMENTS_DOMAINS },
    sites: "all",
  },
};
