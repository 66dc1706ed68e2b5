// The losses of one sample with gradient and Hessian product in closed form, float64.
import { sigmoid } from "./functions.ts";
import { ELEMENTWISE_LOSSES, ROW_LOSSES, softmax } from "./losses.ts";
import { dot } from "./matrices.ts";

type Row = readonly number[];

/** A loss of one sample's outputs z and dense target y. */
export interface LossOracle {
  value(z: Row, y: Row): number;
  gradient(z: Row, y: Row): number[];
  hessianProduct(z: Row, y: Row, u: Row): number[];
}

type Scalar = (z: number, y: number) => number;

function elementwise(value: Scalar, d1: Scalar, d2: Scalar): LossOracle {
  return {
    value: (z, y) => z.reduce((sum, zk, k) => sum + value(zk, y[k]), 0),
    gradient: (z, y) => z.map((zk, k) => d1(zk, y[k])),
    hessianProduct: (z, y, u) => z.map((zk, k) => d2(zk, y[k]) * u[k]),
  };
}

/** ½‖z - y‖². */
export const SQUARED_ERROR = elementwise(
  ELEMENTWISE_LOSSES.squared_error,
  (z, y) => z - y,
  () => 1,
);

/** Σ softplus(z) - y z. */
export const SIGMOID_CROSS_ENTROPY = elementwise(
  ELEMENTWISE_LOSSES.sigmoid_xent,
  (z, y) => sigmoid(z) - y,
  (z) => sigmoid(z) * sigmoid(-z),
);

/** Huber's loss of width p. */
export function huberOracle(p: number): LossOracle {
  return elementwise(
    (z, y) => ELEMENTWISE_LOSSES.huber(z, y, p),
    (z, y) => Math.max(-p, Math.min(p, z - y)),
    (z, y) => Math.abs(z - y) <= p ? 1 : 0,
  );
}

/** The pseudo-Huber loss of width p. */
export function pseudoHuberOracle(p: number): LossOracle {
  const root: Scalar = (z, y) => Math.hypot(1, (z - y) / p);
  return elementwise(
    (z, y) => ELEMENTWISE_LOSSES.pseudo_huber(z, y, p),
    (z, y) => (z - y) / root(z, y),
    (z, y) => 1 / root(z, y) ** 3,
  );
}

/** e^z - y z. */
export const POISSON = elementwise(
  ELEMENTWISE_LOSSES.poisson,
  (z, y) => Math.exp(z) - y,
  (z) => Math.exp(z),
);

/** 1 - e^(-‖r‖²/2): gradient e r, Hessian e (I - r rᵀ), e = e^(-‖r‖²/2). */
export const WELSCH: LossOracle = {
  value: ROW_LOSSES.welsch,
  gradient: (z, y) => {
    const r = z.map((zk, k) => zk - y[k]), bell = Math.exp(-0.5 * dot(r, r));
    return r.map((rk) => bell * rk);
  },
  hessianProduct: (z, y, u) => {
    const r = z.map((zk, k) => zk - y[k]), bell = Math.exp(-0.5 * dot(r, r)), along = dot(r, u);
    return u.map((uk, k) => bell * (uk - along * r[k]));
  },
};

/** -Σ y log softmax(z). */
export const SOFTMAX_CROSS_ENTROPY: LossOracle = {
  value: ROW_LOSSES.softmax_xent,
  gradient: (z, y) => {
    const weight = y.reduce((a, b) => a + b);
    return softmax(z).map((pk, k) => pk * weight - y[k]);
  },
  hessianProduct: (z, y, u) => {
    const p = softmax(z), weight = y.reduce((a, b) => a + b), mean = dot(p, u);
    return p.map((pk, k) => weight * pk * (u[k] - mean));
  },
};

/** 1 - Σ y softmax(z); with d = pᵀy the gradient is p (d - y). */
export const EXPECTED_ZERO_ONE: LossOracle = {
  value: ROW_LOSSES.expected_zero_one,
  gradient: (z, y) => {
    const p = softmax(z), d = dot(p, y);
    return p.map((pk, k) => pk * (d - y[k]));
  },
  hessianProduct: (z, y, u) => {
    const p = softmax(z), d = dot(p, y), mean = dot(p, u);
    const change = p.map((pk, k) => pk * (u[k] - mean)); // Rp
    const slope = dot(change, y); // Rd
    return p.map((pk, k) => change[k] * (d - y[k]) + pk * slope);
  },
};
