// A chain of fully connected layers, one sample at a time, by the chain rule and by central differences.
import { ACTIVATION_ORACLES } from "./activations.ts";
import type { LossOracle } from "./loss_derivatives.ts";
import { apply, outer, type Rows, transpose } from "./matrices.ts";

/** One layer: W (units, inputs + 1 with a bias), then an activation or none. */
export interface OracleLayer {
  readonly units: number;
  readonly hasBias: boolean;
  readonly activation?: keyof typeof ACTIVATION_ORACLES | undefined;
  /** Slope or alpha of the activation. */
  readonly parameter?: number | undefined;
}

/** The chain. */
export interface Mlp {
  readonly inputs: number;
  readonly layers: readonly OracleLayer[];
}

/** What one layer computes for one sample: a (with its 1), z = W a, y = φ(z). */
export interface Trace {
  readonly a: number[];
  readonly z: number[];
  readonly y: number[];
}

/** Rows and columns of every W. */
export function weightShapes({ inputs, layers }: Mlp): [number, number][] {
  return layers.map(({ units, hasBias }, i) => {
    const width = i === 0 ? inputs : layers[i - 1].units;
    return [units, width + (hasBias ? 1 : 0)];
  });
}

/** The matrices W of one flat vector, each row-major. */
export function unflatten(net: Mlp, theta: ArrayLike<number>): Rows[] {
  let next = 0;
  return weightShapes(net).map(([rows, columns]) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => theta[next++]))
  );
}

/** The flat vector of matrices. */
export function flatten(weights: readonly Rows[]): number[] {
  return weights.flat(2);
}

/** One sample through the chain. */
export function forward({ layers }: Mlp, weights: readonly Rows[], x: readonly number[]): Trace[] {
  const traces: Trace[] = [];
  let input = [...x];
  for (const [i, { hasBias, activation, parameter = 0 }] of layers.entries()) {
    const a = hasBias ? [...input, 1] : input;
    const z = apply(weights[i], a);
    const y = activation ? z.map((v) => ACTIVATION_ORACLES[activation].value(v, parameter)) : z;
    traces.push({ a, z, y });
    input = y;
  }
  return traces;
}

/** Cotangents of every z for a cotangent of the output. */
export function backward(
  { layers }: Mlp,
  weights: readonly Rows[],
  traces: readonly Trace[],
  outputCotangent: readonly number[],
): number[][] {
  const cotangents: number[][] = [];
  let cotangent = [...outputCotangent];
  for (let i = layers.length - 1; i >= 0; i--) {
    const { activation, parameter = 0, hasBias } = layers[i];
    const { z, a } = traces[i];
    const g = activation
      ? z.map((v, k) => ACTIVATION_ORACLES[activation].d1(v, parameter) * cotangent[k])
      : cotangent;
    cotangents.unshift(g);
    cotangent = apply(transpose(weights[i]), g).slice(0, a.length - (hasBias ? 1 : 0));
  }
  return cotangents;
}

/** The output of one sample. */
export function outputOf(net: Mlp, weights: readonly Rows[], x: readonly number[]): number[] {
  return forward(net, weights, x).at(-1)?.y ?? [];
}

/** What one layer sees of a batch, a row for each sample. */
export interface SiteRows {
  readonly inputs: Rows;
  readonly outputs: Rows;
  readonly outputGradients: Rows;
}

/** Everything about a batch at one point: mean loss, gradient of the mean loss, sites. */
export interface Evaluation {
  readonly loss: number;
  readonly outputs: Rows;
  readonly gradient: Rows[];
  readonly sites: SiteRows[];
}

/** Cotangents of the sites of a batch, sites first, for one output cotangent per sample. */
export function siteCotangents(
  net: Mlp,
  weights: readonly Rows[],
  x: Rows,
  cotangents: Rows,
): Rows[] {
  const perSample = x.map((row, n) =>
    backward(net, weights, forward(net, weights, row), cotangents[n])
  );
  return net.layers.map((_, i) => perSample.map((sample) => sample[i]));
}

/** Mean loss and its gradient by the chain rule. */
export function evaluate(
  net: Mlp,
  loss: LossOracle,
  weights: readonly Rows[],
  x: Rows,
  y: Rows,
): Evaluation {
  const traces = x.map((row) => forward(net, weights, row));
  const outputs = traces.map((trace) => trace[trace.length - 1].y);
  const rows = siteCotangents(net, weights, x, outputs.map((z, n) => loss.gradient(z, y[n])));
  const sites = net.layers.map((_, i) => ({
    inputs: traces.map((trace) => trace[i].a),
    outputs: traces.map((trace) => trace[i].z),
    outputGradients: rows[i],
  }));
  const gradient = sites.map(({ inputs, outputGradients }) => pull(outputGradients, inputs));
  return {
    loss: outputs.reduce((sum, z, n) => sum + loss.value(z, y[n]), 0) / x.length,
    outputs,
    gradient: gradient.map((block) => block.map((row) => row.map((v) => v / x.length))),
    sites,
  };
}

/** Σ_n g_n a_nᵀ. */
export function pull(g: Rows, a: Rows): Rows {
  const total = outer(g[0], a[0]);
  for (let n = 1; n < g.length; n++) {
    const one = outer(g[n], a[n]);
    for (const [i, row] of total.entries()) for (const j of row.keys()) row[j] += one[i][j];
  }
  return total;
}

/** J of one sample (outputs, P) by the chain rule. */
export function jacobian(net: Mlp, weights: readonly Rows[], x: readonly number[]): Rows {
  const traces = forward(net, weights, x);
  const outputs = traces[traces.length - 1].y.length;
  return Array.from({ length: outputs }, (_, k) => {
    const unit = Array.from({ length: outputs }, (_, i) => i === k ? 1 : 0);
    return flatten(
      backward(net, weights, traces, unit).map((g, i) => outer(g, traces[i].a)),
    );
  });
}

/** The derivative of a vector function of the parameters by central differences: a row per parameter. */
export function centralDifferences(
  theta: ArrayLike<number>,
  f: (theta: number[]) => number[],
  h: number,
): Rows {
  return Array.from(theta, (value, i) => {
    const moved = (by: number): number[] =>
      f(Array.from(theta, (v, j) => j === i ? value + by : v));
    const [ahead, behind] = [moved(h), moved(-h)];
    return ahead.map((v, k) => (v - behind[k]) / (2 * h));
  });
}
