// Damping of BFGS pairs (s, y) for an inverse factor H: makes sᵀy large enough for a stable update.
//
//   q = H y,  sy = sᵀy,  yHy = yᵀq                                      all dot products in float64
//   Powell on H:  s~ = θ1 s + (1 - θ1) q,  so that s~ᵀy >= μ1 yHy
//   Double damping:  then y~ = θ2 y + (1 - θ2) s~, so that s~ᵀy~ >= μ2 s~ᵀs~    (Goldfarb et al. 2020)
//   Levenberg-Marquardt shift:  then y~ = y + μ2 s~, the pair of G + μ2 I        (Ren et al. 2021)
import { axpby, dot } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** How much of the curvature yᵀHy Powell's damping keeps at least (μ1 of both papers' code). */
export const POWELL_FRACTION = 0.2;

/** Damped pairs and the factors that were used. */
export interface DampedPair {
  /** θ1 of Powell's damping; 1 when it did nothing. */
  readonly theta1: number;
  /** θ2 of the second stage; 1 when it did nothing. */
  readonly theta2: number;
}

/** A way to damp a pair in place, given q = H y. */
export type PairDamping = (s: Tensor, y: Tensor, q: Tensor, mu2: number) => DampedPair;

/** θ such that θ value + (1 - θ) floor reaches `fraction` of `floor`. */
function blend(value: number, floor: number, fraction: number): number {
  return value < fraction * floor ? ((1 - fraction) * floor) / (floor - value) : 1;
}

/** Powell's damping: moves s towards q = H y. Nothing happens unless yᵀHy > 0. */
function dampPowell(s: Tensor, y: Tensor, q: Tensor): number {
  const yHy = dot(y, q);
  if (!(yHy > 0)) return 1;
  const theta = blend(dot(s, y), yHy, POWELL_FRACTION);
  if (theta < 1) axpby(1 - theta, q, theta, s);
  return theta;
}

/**
 * Double damping of K-BFGS; needs μ2 < 1, else θ2 can be large and negative.
 *
 * Source: Goldfarb, Ren & Bahamou 2020 by its authors' code.
 */
export const doubleDamping: PairDamping = (s, y, q, mu2) => {
  const theta1 = dampPowell(s, y, q);
  const ss = dot(s, s);
  const theta2 = ss > 0 ? blend(dot(s, y), ss, mu2) : 1;
  if (theta2 < 1) axpby(1 - theta2, s, theta2, y);
  return { theta1, theta2 };
};

/**
 * Powell's damping, then the Levenberg-Marquardt shift; any μ2 > 0.
 *
 * Source: Ren, Bahamou & Goldfarb 2021 by implementations that cite it.
 */
export const powellLevenbergMarquardt: PairDamping = (s, y, q, mu2) => {
  const theta1 = dampPowell(s, y, q);
  axpby(mu2, s, 1, y);
  return { theta1, theta2: 1 };
};
