// The methods, one entry each: every test of what all methods promise takes them from here, so a new one joins by an entry.
import {
  adam,
  adamw,
  blockHessianFree,
  cwNgd,
  eaCg,
  heavyBall,
  hessianFree,
  kBfgs,
  kfac,
  kfi,
  lbfgs,
  levenbergMarquardt,
  movingAverage,
  nesterov,
  sgd,
  shampoo,
} from "../../mod.ts";
import type { Optimizer } from "../../mod.ts";

type Options = Readonly<Record<string, unknown>>;

/** Makes a method with any options, those that it must refuse too. */
export type Make = (options?: Options) => Optimizer;

/** What holds of a method with these settings, defaults filled in. */
type Trait = (options: Options) => boolean;

/** What tests know of a method. */
export interface Method {
  readonly make: Make;
  /** Settings for small networks, by the name that digests and messages use; the first is the plain form. */
  readonly forms: Readonly<Record<string, Options>>;
  /** Settings with which a few steps meet all that the method does, and all that it may allocate. */
  readonly faultForms: Readonly<Record<string, Options>>;
  /** A value for every option, other than its default. */
  readonly everyOption: Options;
  /** Options that are a number and no function of the step. */
  readonly fixed?: readonly string[];
  /** Which sites it takes: dense ones in a chain, or all. */
  readonly sites: "dense" | "all";
  /** Whether it reads the batches of a warm start. */
  readonly warmStarts?: true;
  /** Parts of the state that a step may leave as they are. */
  readonly atRest?: readonly string[];
  /** Whether the place of a sample in its batch decides what is done with it. */
  readonly isOrdered?: Trait;
  /** Whether it solves until a tolerance is reached, so that rounding shows more. */
  readonly isIterative?: Trait;
  /** Whether it needs samples that do not meet in any layer. */
  readonly needsIndependence?: Trait;
  /** Whether it treats parameters of patches unlike those of other rows, so that a convolution is no dense layer to it. */
  readonly cutsPatches?: Trait;
  /** Whether every step takes the second moments of its inputs. */
  readonly takesMoments?: Trait;
}

const COMMON = { learningRate: 0.25, l2: 0.25, weightDecay: 0.25 };
const MOMENTS = { beta1: 0.25, beta2: 0.25, epsilon: 0.25 };
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

/** Whether parts of a batch do what is otherwise done with all of it, or signs are drawn for places in it. */
const usesParts: Trait = ({ curvatureChunks, lineSearchChunks, preconditioner }) =>
  curvatureChunks !== 1 || lineSearchChunks !== 1 || preconditioner === "jacobi";

/** By the name of the function. */
export const TABLE: Readonly<Record<string, Method>> = {
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
    sites: "all",
  },
  adam: {
    make: adam,
    forms: { "adam": { learningRate: 0.01 } },
    faultForms: { "adam": { learningRate: 0.01 } },
    everyOption: { ...COMMON, ...MOMENTS },
    sites: "all",
  },
  adamw: {
    make: adamw,
    forms: { "adamw": { learningRate: 0.01, weightDecay: 0.1 } },
    faultForms: { "adamw": { learningRate: 0.01 } },
    everyOption: { ...COMMON, ...MOMENTS },
    sites: "all",
  },
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
    fixed: ["memory"],
    sites: "all",
    warmStarts: true,
    atRest: ["hasInputInverses"],
    takesMoments: ({ mode }) => mode === "2020",
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
    fixed: ["seed"],
    sites: "all",
    warmStarts: true,
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
    sites: "dense",
    atRest: ["damping"],
  },
  kfi: {
    make: kfi,
    forms: {
      "kfi": { ...GOES_ON, learningRate: 0.3 },
      "kfi, joint": { ...GOES_ON, bias: "joint", momentum: movingAverage() },
    },
    faultForms: { "kfi": {} },
    everyOption: { ...COMMON, ...EA_CURVATURE },
    sites: "dense",
    takesMoments: () => true,
  },
  hessianFree: {
    make: hessianFree,
    forms: {
      "hessianFree": { maxIterations: 12 },
      "hessianFree, a third, plain": {
        preconditioner: "none",
        curvatureChunks: 3,
        maxIterations: 12,
        initialDamping: 0.1,
        l2: 1e-4,
      },
      "hessianFree, Jacobi, points apart": {
        preconditioner: "jacobi",
        curvatureChunks: 2,
        lineSearchChunks: 2,
        maxIterations: 12,
        l2: 1e-3,
        l2Except: "bias",
      },
    },
    faultForms: {
      "hessianFree": { maxIterations: 8 },
      "hessianFree, plain": { maxIterations: 8, preconditioner: "none" },
      "hessianFree, Jacobi": {
        maxIterations: 8,
        preconditioner: "jacobi",
        lineSearchChunks: 2,
        l2: 0.01,
        l2Except: "bias",
      },
    },
    everyOption: {
      initialDamping: 0.25,
      dampingDrop: 0.5,
      iterateDecay: 0.5,
      solverTolerance: 0.25,
      maxIterations: 4,
      curvatureChunks: 2,
      lineSearchChunks: 2,
      preconditioner: "none",
      structuralDamping: 0.25,
      l2: 0.25,
      l2Except: "bias",
    },
    fixed: ["initialDamping"],
    sites: "all",
    // Samples that points are looked at with may refuse what the gradient of all says.
    atRest: ["damping", "parameters"],
    isOrdered: usesParts,
    isIterative: () => true,
    needsIndependence: ({ preconditioner, ...rest }) =>
      preconditioner !== "none" || usesParts(rest),
  },
  blockHessianFree: {
    make: blockHessianFree,
    forms: {
      "blockHessianFree": { maxIterations: 12 },
      "blockHessianFree, halves, by key": {
        partition: 2,
        curvatureChunks: 3,
        curvatureOrder: "by-key",
        preconditioner: "squaredGradients",
        maxIterations: 8,
        l2: 1e-4,
      },
      "blockHessianFree, Jacobi, points apart": {
        preconditioner: "jacobi",
        curvatureChunks: 2,
        lineSearchChunks: 2,
        curvatureOrder: "by-key",
        maxIterations: 8,
        l2: 1e-3,
        l2Except: "bias",
      },
      "blockHessianFree, plain": { mode: "plain", maxIterations: 8 },
    },
    faultForms: {
      "blockHessianFree": { maxIterations: 6 },
      "blockHessianFree, preconditioned": {
        partition: 2,
        maxIterations: 6,
        preconditioner: "squaredGradients",
      },
      "blockHessianFree, plain": { mode: "plain", maxIterations: 6 },
    },
    everyOption: {
      partition: [["dense_1"], [1]],
      mode: "safe",
      learningRate: 0.5,
      initialDamping: 0.25,
      dampingDrop: 0.5,
      iterateDecay: 0.5,
      solverTolerance: 0.25,
      maxIterations: 4,
      curvatureChunks: 2,
      lineSearchChunks: 2,
      curvatureOrder: "by-key",
      preconditioner: "squaredGradients",
      structuralDamping: 0.25,
      rescaling: "none",
      l2: 0.25,
      l2Except: "bias",
    },
    fixed: ["initialDamping"],
    sites: "all",
    atRest: ["damping"],
    isOrdered: usesParts,
    isIterative: () => true,
    needsIndependence: ({ preconditioner, ...rest }) =>
      preconditioner !== "none" || usesParts(rest),
  },
  lbfgs: {
    make: lbfgs,
    forms: { "lbfgs": { memory: 4 } },
    faultForms: { "lbfgs": { memory: 3 } },
    everyOption: {
      memory: 3,
      sufficientDecrease: 0.25,
      curvature: 0.75,
      maxEvaluations: 4,
      l2: 0.25,
    },
    fixed: ["memory"],
    sites: "all",
    atRest: ["pairs"],
    isIterative: () => true,
  },
  shampoo: {
    make: shampoo,
    forms: {
      "shampoo": { learningRate: 0.05, epsilon: 0.01 },
      "shampoo, grafting": { learningRate: 0.1, grafting: "gradient", momentum: movingAverage() },
    },
    faultForms: { "shampoo": { rootInterval: 2, warmupSteps: 1 } },
    everyOption: {
      ...COMMON,
      epsilon: 0.25,
      rootInterval: 3,
      warmupSteps: 2,
      grafting: "gradient",
      momentum: heavyBall(0.5),
    },
    fixed: ["epsilon"],
    sites: "all",
  },
  cwNgd: {
    make: cwNgd,
    forms: {
      "cwNgd": { learningRate: 0.02, damping: 0.01 },
      "cwNgd, rows with their bias, relative": {
        learningRate: 0.02,
        damping: 0.1,
        dampingScale: "relative",
        conv: "filter",
        bias: "joined",
        threshold: 64,
        momentum: heavyBall(0.5),
      },
      "cwNgd, single weights, sampled": {
        learningRate: 0.02,
        damping: 0.05,
        fisher: "sampled",
        dense: "scalar",
        bias: "scalar",
      },
      "cwNgd, layers, exact": {
        learningRate: 0.02,
        damping: 0.05,
        fisher: "exact",
        conv: "layer",
        dense: "layer",
        decay: 0,
      },
      "cwNgd, random chunks": {
        learningRate: 0.02,
        damping: 0.05,
        chunks: { size: 7, key: { seed: 1, stream: 0, index: 0 } },
      },
    },
    faultForms: {
      "cwNgd": { damping: 0.01, refreshInterval: 2 },
      "cwNgd, sampled": { damping: 0.01, fisher: "sampled", bias: "scalar" },
      "cwNgd, layers": {
        damping: 0.01,
        conv: "layer",
        dense: "layer",
        fisher: "exact",
        decay: 0,
      },
      "cwNgd, chunks": { damping: 0.01, chunks: { size: 40 } },
    },
    everyOption: {
      ...COMMON,
      damping: 0.25,
      dampingScale: "relative",
      decay: 0.5,
      refreshInterval: 2,
      fisher: "exact",
      seed: 1,
      momentum: heavyBall(0.5),
      fallback: "gradient",
      conv: "filter",
      dense: "spatial",
      bias: "scalar",
      threshold: 4,
      channels: { dense_1: 1 },
      chunks: { size: 3 },
    },
    fixed: ["seed", "threshold"],
    sites: "all",
    atRest: ["decayPower", "momentumPower"],
    isOrdered: ({ fisher }) => fisher === "sampled",
    needsIndependence: () => true,
    cutsPatches: ({ conv, chunks }) => conv === "kernel" || chunks !== "none",
  },
  levenbergMarquardt: {
    make: levenbergMarquardt,
    forms: {
      "levenbergMarquardt": { damping: 1 },
      "levenbergMarquardt, diagonal": { damping: 10, scaling: "diagonal" },
      "levenbergMarquardt, accelerated": { damping: 1, acceleration: 0.75 },
      "levenbergMarquardt, lsmr": { form: "lsmr", damping: 1 },
    },
    faultForms: {
      "levenbergMarquardt": {},
      "levenbergMarquardt, primal": { form: "primal" },
      "levenbergMarquardt, primal, accelerated": { form: "primal", acceleration: 0.75 },
      "levenbergMarquardt, dual, accelerated": { form: "dual", acceleration: 0.75 },
      "levenbergMarquardt, lsmr": { form: "lsmr" },
      "levenbergMarquardt, lsmr, diagonal": { form: "lsmr", scaling: "diagonal" },
      "levenbergMarquardt, patience": { patience: 2 },
    },
    everyOption: {
      damping: 0.5,
      rule: "marquardt",
      scaling: "maximum",
      form: "primal",
      primal: { assembly: "nodewise" },
      trials: 3,
      l2: 0.25,
      tolerance: 0.25,
      gradientTolerance: 0.25,
      lsmr: { solverTolerance: 0.25, maxIterations: 10 },
      acceleration: 0.75,
      patience: 3,
    },
    fixed: ["damping", "patience"],
    sites: "all",
    atRest: ["damping", "growth"],
    isIterative: ({ form }) => form === "lsmr",
    needsIndependence: () => true,
  },
};
