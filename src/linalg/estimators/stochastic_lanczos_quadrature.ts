// The spectral density of an operator, and with it tr f(A), from random starts of Lanczos' process.
import { checkWhole, namesOf } from "../../runtime/arguments.ts";
import { Scope } from "../../runtime/scope.ts";
import { tensor } from "../../tensor/create.ts";
import { eigh } from "../eigh.ts";
import type { LinearOperator } from "../operator.ts";
import { checkCount, checkSampling, SAMPLING_NAMES, type SamplingOptions } from "./sampling.ts";
import { lanczos, type LanczosDecomposition, requireSymmetric } from "./lanczos.ts";

/** Options of `stochasticLanczosQuadrature()`. */
export interface SpectrumOptions extends SamplingOptions {
  /** Steps of Lanczos' process for each sample. @default the lesser of n and 50 */
  readonly steps?: number;
}

const NAMES = namesOf<SpectrumOptions, SamplingOptions>({ steps: true }, SAMPLING_NAMES);

/** A discrete density: masses at points, with total 1. */
export interface SpectralDensity {
  /** Points, ascending. */
  readonly nodes: Float64Array;
  /** Mass at each point: the share of eigenvalues there. */
  readonly weights: Float64Array;
}

interface Mass {
  readonly node: number;
  readonly weight: number;
}

/** Gauss' quadrature of a tridiagonal matrix: its eigenvalues, and squares of first components. */
function quadrature({ diagonal, offDiagonal }: LanczosDecomposition): Mass[] {
  const k = diagonal.length;
  const t = tensor(new Float64Array(k * k), { dtype: "float64", shape: [k, k] });
  const { data } = t;
  // In JavaScript: as many numbers as the process took products.
  for (let i = 0; i < k; i++) {
    data[i * k + i] = diagonal[i];
    if (i + 1 < k) data[i * k + i + 1] = data[(i + 1) * k + i] = offDiagonal[i];
  }
  const scope = new Scope();
  try {
    const { values, vectors } = scope.own(eigh(scope.own(t)));
    const first = vectors.data;
    // In JavaScript: as many numbers as the process took products.
    return Array.from(values.data, (node, i) => ({ node, weight: first[i] * first[i] }));
  } finally {
    scope.dispose();
  }
}

/**
 * Estimates the spectral density of a symmetric operator: how its eigenvalues are distributed.
 *
 * The mean of the weights' quadratures gives sums over eigenvalues: tr f(A) ≈ n Σ weight f(node). Exact
 * for polynomials f of degree 2 steps - 1, up to the sampling error of the starts.
 *
 * Cost: samples steps products. Deterministic: the same key gives the same estimate.
 *
 * Source: Golub & Welsch 1969; Ubaru, Chen & Saad 2017, "Fast estimation of tr(f(A)) via stochastic
 * Lanczos quadrature"; for networks Ghorbani, Krishnan & Xiao 2019. Starts are normal and normalized.
 *
 * @throws {TypeError} when the operator does not declare to be symmetric.
 * @throws {RangeError} when `samples` or `steps` is not a positive whole number, or `steps` exceeds n.
 *
 * @example
 * ```ts
 * import { diagonal, randomKey, tensor } from "curvature";
 * import { stochasticLanczosQuadrature } from "curvature/operators";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using d = tensor([1, 1, 1, 9], { dtype: "float64" });
 * const { nodes } = stochasticLanczosQuadrature(diagonal(d), { samples: 1, key: randomKey(1) });
 * assertAlmostEquals(nodes[0], 1);
 * assertAlmostEquals(nodes[1], 9);
 * ```
 */
export function stochasticLanczosQuadrature(
  op: LinearOperator,
  options: SpectrumOptions,
): SpectralDensity {
  checkSampling("estimate a spectrum", op, options, NAMES);
  const { samples = 10, steps = Math.min(op.size, 50), key } = options;
  requireSymmetric("estimate a spectrum", op);
  checkCount("estimate a spectrum", "samples", samples);
  checkWhole("estimate a spectrum", "steps", steps, 1, op.size);
  const masses: Mass[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const start = { ...key, index: key.index + sample * op.size };
    const found = lanczos(op, { steps, start });
    try {
      masses.push(...quadrature(found));
    } finally {
      found.dispose();
    }
  }
  masses.sort((a, b) => a.node - b.node);
  return {
    nodes: Float64Array.from(masses, ({ node }) => node),
    weights: Float64Array.from(masses, ({ weight }) => weight / samples),
  };
}
