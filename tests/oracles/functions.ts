// The transcendental functions in float64, from the host's Math: oracles for float32 kernels.

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** ln(1 + e^x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** e^(-x^2/2) / sqrt(2 pi). */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** The normal distribution function: Taylor series about 0, continued fraction in the tails. */
export function normalCdf(x: number): number {
  const a = Math.abs(x);
  let tail: number;
  if (a < 2.5) {
    let term = a, sum = a;
    for (let k = 1; Math.abs(term) > 1e-18 * sum; k++) sum += term *= a * a / (2 * k + 1);
    tail = 0.5 - normalDensity(a) * sum;
  } else {
    let fraction = a;
    for (let k = 120; k > 0; k--) fraction = a + k / fraction;
    tail = normalDensity(a) / fraction;
  }
  return x < 0 ? tail : 1 - tail;
}
