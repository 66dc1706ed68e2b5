// Methods with Kronecker factors of each site.
import { eaCg, heavyBall, kBfgs, kfac, kfi, movingAverage } from "../../../mod.ts";
import type { Method } from "../_method.ts";
import { COMMON, COMMON_DOMAINS, MOMENTUM_DOMAIN } from "./common.ts";

/** Shared tests also kill layers, which EA-CG and KFI otherwise refuse. */
const GOES_ON = { degenerate: "limit" };
const EA_CURVATURE = {
  alpha: 0.25,
  projection: "clip",
  expectation: "second-moment",
  bias: "joint",
  momentum: heavyBall(0.5),
  fallback: "gradient",
};

/** By the name of the function. */
export const KRONECKER: Readonly<Record<string, Method>> = {
  kBfgs: {
    make: kBfgs,
    forms: {
      "kBfgs, improved": {},
      "kBfgs, 2020": { mode: "2020", l2: 1e-5 },
      "kBfgs, improved, memory 5": { memory: 5 },
      "kBfgs, 2020, memory 5": { mode: "2020", memory: 5 },
    },
    faultForms: {
      "kBfgs, improved": {},
      "kBfgs, 2020": { mode: "2020" },
      "kBfgs, memory 3": { memory: 3 },
    },
    everyOption: {
      ...COMMON,
      damping: 0.25,
      mode: "2020",
      memory: 3,
      momentum: heavyBall(0.5),
      decay: 0.5,
      fallback: "gradient",
    },
    domains: {
      ...COMMON_DOMAINS,
      ...MOMENTUM_DOMAIN,
      damping: "proper",
      maximumIncrease: "positive",
      memory: "count",
      decay: "fraction",
    },
    fixed: ["memory"],
    sites: "all",
    warmStarts: "late",
    atRest: ["hasInputInverses"],
    takesMoments: ({ mode }) => mode === "2020",
    averagesRows: () => true,
    looksAtLength: () => true, // the split of its damping
    looksAhead: () => true,
    takenBack: { "kBfgs": [{ maximumIncrease: 2 }, 1e9] },
  },
  kfac: {
    make: kfac,
    forms: {
      "kfac, pi, sampled": { learningRate: 0.1 },
      "kfac, pi, empirical": { learningRate: 0.1, fisher: "empirical" },
      "kfac, pi, exact": { learningRate: 0.1, fisher: "exact" },
      "kfac, plain, sampled": { learningRate: 0.1, split: "plain" },
      "kfac, plain, empirical": { learningRate: 0.1, split: "plain", fisher: "empirical" },
      "kfac, plain, exact": { learningRate: 0.1, split: "plain", fisher: "exact" },
    },
    faultForms: {
      "kfac, sampled": { learningRate: 0.1, inverseInterval: 2, warmupSteps: 1 },
      "kfac, exact": { learningRate: 0.1, fisher: "exact", split: "plain" },
      "kfac, empirical": { fisher: "empirical" },
    },
    everyOption: {
      ...COMMON,
      damping: 0.25,
      split: "plain",
      fisher: "exact",
      momentum: heavyBall(0.5),
      decay: 0.5,
      factorInterval: 2,
      inverseInterval: 3,
      warmupSteps: 4,
      seed: 1,
      fallback: "gradient",
    },
    domains: {
      ...COMMON_DOMAINS,
      ...MOMENTUM_DOMAIN,
      damping: "positive",
      decay: "fraction",
      factorInterval: "count",
      inverseInterval: "count",
      warmupSteps: "whole",
      seed: "exact",
    },
    fixed: ["seed"],
    sites: "all",
    warmStarts: "first",
    isOrdered: ({ fisher }) => fisher === "sampled",
    takesMoments: () => true,
  },
  eaCg: {
    make: eaCg,
    forms: {
      "eaCg": GOES_ON,
      "eaCg, full, clip": {
        ...GOES_ON,
        form: "full",
        projection: "clip",
        momentum: heavyBall(0.5),
      },
      "eaCg, direct, zero": { ...GOES_ON, form: "direct", projection: "zero", bias: "joint" },
      "eaCg, second moments, adaptive": {
        ...GOES_ON,
        form: "second-moment",
        expectation: "second-moment",
        adaptation: "reduction-ratio",
      },
    },
    faultForms: {
      "eaCg": {},
      "eaCg, heavy-ball": { momentum: heavyBall(0.5) },
      "eaCg, adaptive": { form: "second-moment", adaptation: "reduction-ratio" },
    },
    everyOption: {
      ...COMMON,
      ...EA_CURVATURE,
      form: "second-moment",
      solverTolerance: 0.25,
      maxIterations: 4,
      adaptation: "reduction-ratio",
    },
    domains: {
      ...COMMON_DOMAINS,
      ...MOMENTUM_DOMAIN,
      alpha: "proper",
      solverTolerance: "non-negative",
      maxIterations: "count",
    },
    sites: "dense",
    atRest: ["damping"],
    looksAhead: ({ adaptation }) => adaptation === "reduction-ratio",
    takenBack: { "eaCg": [{ adaptation: "reduction-ratio" }, Infinity] },
  },
  kfi: {
    make: kfi,
    forms: {
      "kfi": { ...GOES_ON, learningRate: 0.3 },
      "kfi, joint": { ...GOES_ON, bias: "joint", momentum: movingAverage() },
    },
    faultForms: { "kfi": {} },
    everyOption: { ...COMMON, ...EA_CURVATURE },
    domains: {},
    sites: "dense",
    takesMoments: () => true,
    hasWideForm: () => true,
  },
};
