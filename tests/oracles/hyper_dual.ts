// Numbers x + x1 e1 + x2 e2 + x12 e1 e2 with e1² = e2² = 0: a function of θ + u e1 + v e2 has the derivatives
// along u and v and the second derivative along both for its last three parts, exact but for rounding.
// Source: Fike & Alonso 2011, "The development of hyper-dual numbers for exact second-derivative calculations".

/** A number with its parts. */
export type HyperDual = readonly [value: number, first: number, second: number, both: number];

/** A number that does not change. */
export function constant(value: number): HyperDual {
  return [value, 0, 0, 0];
}

export function add(a: HyperDual, b: HyperDual): HyperDual {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

export function multiply(a: HyperDual, b: HyperDual): HyperDual {
  return [
    a[0] * b[0],
    a[0] * b[1] + a[1] * b[0],
    a[0] * b[2] + a[2] * b[0],
    a[0] * b[3] + a[1] * b[2] + a[2] * b[1] + a[3] * b[0],
  ];
}

/** A function of one variable from its value and two derivatives at a. */
export function chain(a: HyperDual, value: number, d1: number, d2: number): HyperDual {
  return [value, d1 * a[1], d1 * a[2], d1 * a[3] + d2 * a[1] * a[2]];
}

export function subtract(a: HyperDual, b: HyperDual): HyperDual {
  return add(a, multiply(constant(-1), b));
}

export function tanh(a: HyperDual): HyperDual {
  const y = Math.tanh(a[0]);
  return chain(a, y, 1 - y * y, -2 * y * (1 - y * y));
}

export function exp(a: HyperDual): HyperDual {
  const y = Math.exp(a[0]);
  return chain(a, y, y, y);
}

export function log(a: HyperDual): HyperDual {
  return chain(a, Math.log(a[0]), 1 / a[0], -1 / (a[0] * a[0]));
}

/** 1 / √a. */
export function inverseRoot(a: HyperDual): HyperDual {
  const y = 1 / Math.sqrt(a[0]);
  return chain(a, y, -y / (2 * a[0]), 3 * y / (4 * a[0] * a[0]));
}

export function sum(terms: readonly HyperDual[]): HyperDual {
  return terms.reduce(add, constant(0));
}
