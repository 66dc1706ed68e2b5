// Every method in each of its forms, for tests of what all of them promise.
import {
  adam,
  adamw,
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

/** Shared tests also kill layers, which EA-CG and KFI otherwise refuse. */
const GOES_ON = { degenerate: "limit" } as const;

/** By a name that digests and messages use. */
export const METHODS: Readonly<Record<string, Optimizer>> = {
  "sgd": sgd({ learningRate: 0.1 }),
  "sgd, heavy-ball": sgd({ learningRate: 0.05, momentum: heavyBall() }),
  "sgd, Nesterov": sgd({ learningRate: 0.05, momentum: nesterov() }),
  "sgd, moving average": sgd({ learningRate: 0.1, momentum: movingAverage() }),
  "adam": adam({ learningRate: 0.01 }),
  "adamw": adamw({ learningRate: 0.01, weightDecay: 0.1 }),
  "kBfgs, improved": kBfgs(),
  "kBfgs, 2020": kBfgs({ mode: "2020", l2: 1e-5 }),
  "kBfgs, improved, memory 5": kBfgs({ memory: 5 }),
  "kBfgs, 2020, memory 5": kBfgs({ mode: "2020", memory: 5 }),
  "kfac, pi, sampled": kfac({ learningRate: 0.1 }),
  "kfac, pi, empirical": kfac({ learningRate: 0.1, fisher: "empirical" }),
  "kfac, pi, exact": kfac({ learningRate: 0.1, fisher: "exact" }),
  "kfac, plain, sampled": kfac({ learningRate: 0.1, split: "plain" }),
  "kfac, plain, empirical": kfac({ learningRate: 0.1, split: "plain", fisher: "empirical" }),
  "kfac, plain, exact": kfac({ learningRate: 0.1, split: "plain", fisher: "exact" }),
  "eaCg": eaCg(GOES_ON),
  "eaCg, full, clip": eaCg({
    ...GOES_ON,
    form: "full",
    projection: "clip",
    momentum: heavyBall(0.5),
  }),
  "eaCg, direct, zero": eaCg({ ...GOES_ON, form: "direct", projection: "zero", bias: "joint" }),
  "eaCg, second moments, adaptive": eaCg({
    ...GOES_ON,
    form: "second-moment",
    expectation: "second-moment",
    adaptation: "reduction-ratio",
  }),
  "kfi": kfi({ ...GOES_ON, learningRate: 0.3 }),
  "kfi, joint": kfi({ ...GOES_ON, bias: "joint", momentum: movingAverage() }),
  "hessianFree": hessianFree({ maxIterations: 12 }),
  "hessianFree, a third, plain": hessianFree({
    preconditioner: "none",
    curvatureChunks: 3,
    maxIterations: 12,
    initialDamping: 0.1,
    l2: 1e-4,
  }),
  "lbfgs": lbfgs({ memory: 4 }),
  "shampoo": shampoo({ learningRate: 0.05, epsilon: 0.01 }),
  "shampoo, grafting": shampoo({
    learningRate: 0.1,
    grafting: "gradient",
    momentum: movingAverage(),
  }),
  "levenbergMarquardt": levenbergMarquardt({ damping: 1 }),
  "levenbergMarquardt, diagonal": levenbergMarquardt({ damping: 10, scaling: "diagonal" }),
  "levenbergMarquardt, accelerated": levenbergMarquardt({ damping: 1, acceleration: 0.75 }),
  "levenbergMarquardt, lsmr": levenbergMarquardt({ form: "lsmr", damping: 1 }),
};

/** Methods by name that refuse sites which are not dense. */
export const NEEDS_DENSE_SITES = /^(eaCg|kfi)/;
