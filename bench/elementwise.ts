// How many elements a second the elementwise kernels take, beside the same loop over the host's Math.
import type { DType } from "../src/runtime/dtype.ts";
import { kernels } from "../src/runtime/instance.ts";
import { type Case, filled, measure, type Row, rowOf, slowdown } from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";

/** Operands of all kernels together stay in a core's own cache. */
const SIZE = 16384;

const HOST: Readonly<Record<string, ((x: number) => number) | undefined>> = {
  exp: Math.exp,
  log: (x) => Math.log(Math.abs(x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
  sqrt: (x) => Math.sqrt(Math.abs(x)),
};

interface Pair {
  readonly ours: Case;
  readonly host: Case | undefined;
}

function pairs(dtype: DType): Pair[] {
  const k = kernels(dtype);
  const [x, y, t, out] = [1, 2, 3, 4].map((seed) => filled([SIZE], dtype, seed));
  for (let i = 0; i < SIZE; i++) y.data[i] = Math.abs(x.data[i]);
  const [px, py, pt, po] = [x, y, t, out].map(({ pointer }) => pointer);
  const n = SIZE;
  const runs: Record<string, () => unknown> = {
    exp: () => k.exp(n, px, po),
    log: () => k.log(n, py, po),
    sqrt: () => k.sqrt(n, py, po),
    tanh: () => k.tanh(n, px, po),
    sigmoid: () => k.sigmoid(n, px, po),
    softplus: () => k.softplus(n, px, po),
    "relu": () => k.relu_value(n, 0, px, po),
    "gelu": () => k.gelu_value(n, 0, px, po),
    "gelu, derivative": () => k.gelu_d1(n, 0, px, py, pt, po),
    "tanh, derivative": () => k.tanh_d1(n, 0, px, py, pt, po),
    "sigmoid cross-entropy with gradient": () => k.sigmoid_xent_loss(n, 0, px, py, po),
    "softmax cross-entropy of 16 with gradient": () => k.softmax_xent_loss(n / 16, 16, px, py, po),
    dot: () => k.dot(n, px, pt),
    axpy: () => k.axpy(n, 1e-9, px, po),
    multiply: () => k.multiply(n, px, pt, po),
    normal: () => k.normal(n, 1, 0, 0, 0, 0, po),
    uniform: () => k.uniform(n, 1, 0, 0, 0, 0, po),
  };
  const [from, to] = [x.data, out.data];
  return Object.entries(runs).map(([name, run]) => {
    const common = { work: n, unit: "element" } as const;
    const ours = { ...common, name: `${dtype} ${name}`, run };
    const scalar = HOST[name];
    if (scalar === undefined) return { ours, host: undefined };
    const host = (): void => {
      for (let i = 0; i < n; i++) to[i] = scalar(from[i]);
    };
    return { ours, host: { ...common, name: `${dtype} ${name}, Math`, run: host } };
  });
}

async function rowsOf(dtype: DType): Promise<Row[]> {
  const all = pairs(dtype);
  const cases = all.flatMap(({ ours, host }) => host ? [ours, host] : [ours]);
  const samples = await measure(cases, { sampleMilliseconds: 2, warmUpMilliseconds: 100 });
  return all.map(({ ours, host }) => {
    const row = rowOf(ours, samples);
    return host
      ? { ...row, ratios: { "Math / ours": slowdown(samples, host.name, ours.name) } }
      : row;
  });
}

/** Rates in both dtypes. */
export const bench: Bench = {
  question: "How many elements a second do the elementwise kernels take, beside loops over Math?",
  runtimes: ["deno", "node26"],
  run: async (): Promise<Outcome> => ({
    rows: [...await rowsOf("float32"), ...await rowsOf("float64")],
  }),
};
