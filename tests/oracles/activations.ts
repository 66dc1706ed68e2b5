// The activations in closed form, float64: value, first and second derivative at x with parameter p.
import { normalCdf, normalDensity, sigmoid, softplus } from "./functions.ts";

interface ActivationOracle {
  readonly value: (x: number, p: number) => number;
  readonly d1: (x: number, p: number) => number;
  readonly d2: (x: number, p: number) => number;
}

const L = 1.0507009873554805, LA = L * 1.6732632423543772; // Klambauer et al. 2017
const ROOT = 2 * Math.sqrt(2 / Math.PI);
const inner = (x: number): number => ROOT * (x + 0.044715 * x ** 3);
const slope = (x: number): number => ROOT * (1 + 0.134145 * x * x);
const bell = (x: number): number => sigmoid(x) * sigmoid(-x);

/** By the names of the kernels. */
export const ACTIVATION_ORACLES = {
  relu: {
    value: (x) => Math.max(x, 0),
    d1: (x) => x > 0 ? 1 : 0,
    d2: () => 0,
  },
  leaky_relu: {
    value: (x, p) => x > 0 ? x : p * x,
    d1: (x, p) => x > 0 ? 1 : p,
    d2: () => 0,
  },
  elu: {
    value: (x, p) => x > 0 ? x : p * Math.expm1(x),
    d1: (x, p) => x > 0 ? 1 : p * Math.exp(x),
    d2: (x, p) => x > 0 ? 0 : p * Math.exp(x),
  },
  selu: {
    value: (x) => x > 0 ? L * x : LA * Math.expm1(x),
    d1: (x) => x > 0 ? L : LA * Math.exp(x),
    d2: (x) => x > 0 ? 0 : LA * Math.exp(x),
  },
  gelu: {
    value: (x) => x * normalCdf(x),
    d1: (x) => normalCdf(x) + x * normalDensity(x),
    d2: (x) => normalDensity(x) * (2 - x * x),
  },
  gelu_tanh: {
    value: (x) => x * sigmoid(inner(x)),
    d1: (x) => sigmoid(inner(x)) + x * bell(inner(x)) * slope(x),
    d2: (x) => {
      const q = inner(x), skew = slope(x) ** 2 * (sigmoid(-q) - sigmoid(q));
      return bell(q) * (2 * slope(x) + x * (ROOT * 0.26829 * x + skew));
    },
  },
  silu: {
    value: (x) => x * sigmoid(x),
    d1: (x) => sigmoid(x) + x * bell(x),
    d2: (x) => bell(x) * (2 + x * (sigmoid(-x) - sigmoid(x))),
  },
  tanh: {
    value: (x) => Math.tanh(x),
    d1: (x) => 4 * bell(2 * x),
    d2: (x) => -8 * Math.tanh(x) * bell(2 * x),
  },
  sigmoid: {
    value: (x) => sigmoid(x),
    d1: bell,
    d2: (x) => bell(x) * (sigmoid(-x) - sigmoid(x)),
  },
  softplus: {
    value: (x) => softplus(x),
    d1: (x) => sigmoid(x),
    d2: bell,
  },
} as const satisfies Readonly<Record<string, ActivationOracle>>;
