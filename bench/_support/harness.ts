// How every bench measures: warm up, then rounds in which each case runs once, so that a disturbance of
// the machine hits all of them and ratios stay true.
//
// A sample is the wall time, or the processor time of the process where that is less: what a single-threaded
// case waited for a busy processor is no cost of its own. With several threads wall time is the smaller one.
import process from "node:process";
import { peakLoop } from "./peak.ts";
import type { DType } from "../../src/runtime/dtype.ts";
import { zeros } from "../../src/tensor/create.ts";
import { matmul } from "../../src/ops/gemm.ts";

/** Something to time. */
export interface Case {
  readonly name: string;
  /** Operations of one run, for a rate: flops unless `unit` says otherwise. */
  readonly work?: number;
  /** What `work` counts. @default "flop" */
  readonly unit?: "flop" | "element" | "byte";
  /** The work is done by another process. @default false */
  readonly isElsewhere?: boolean;
  /** Runs before each run, not timed. */
  prepare?(): void;
  run(): unknown;
}

/** Figures of one case. */
export interface Row {
  readonly name: string;
  readonly repetitions: number;
  readonly milliseconds: Quantiles;
  /** From the median: 10⁹ of the unit per second. */
  readonly rate?: { readonly value: number; readonly unit: string };
  /** Medians of ratios, by what they relate to. */
  readonly ratios?: Readonly<Record<string, number>>;
  /** Whatever else was counted. */
  readonly figures?: Readonly<Record<string, number | string>>;
}

/** Of the repetitions. */
export interface Quantiles {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly minimum: number;
}

/** How long to measure. */
export interface Effort {
  /** Rounds that count. @default 15 */
  readonly rounds?: number;
  /** A run is repeated until a sample takes this long. @default 5 */
  readonly sampleMilliseconds?: number;
  /** Baseline code is replaced meanwhile. @default 200 */
  readonly warmUpMilliseconds?: number;
}

/** All samples of the cases, in milliseconds per run; samples of one round have the same index. */
export type Samples = ReadonlyMap<string, readonly number[]>;

const now = (): number => performance.now();

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of one run, on average over `inner` of them. */
export async function timed({ prepare, run, isElsewhere }: Case, inner: number): Promise<number> {
  if (prepare) {
    prepare();
    inner = 1;
  }
  const start = now(), startProcessor = processorTime();
  for (let i = 0; i < inner; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  const [wall, processor] = [now() - start, processorTime() - startProcessor];
  return (isElsewhere ? wall : Math.min(wall, processor)) / inner;
}

async function warmUp(item: Case, milliseconds: number): Promise<number> {
  const end = now() + milliseconds;
  let fastest = Infinity;
  do {
    fastest = Math.min(fastest, await timed(item, 1));
    // Optimized code is installed between tasks.
    await new Promise((resolve) => setTimeout(resolve, 0));
  } while (now() < end);
  return fastest;
}

/** Measures the cases in turns. */
export async function measure(cases: readonly Case[], effort: Effort = {}): Promise<Samples> {
  const { rounds = 15, sampleMilliseconds = 5, warmUpMilliseconds = 200 } = effort;
  const inner: number[] = [];
  for (const item of cases) {
    const fastest = await warmUp(item, warmUpMilliseconds);
    inner.push(Math.max(1, Math.ceil(sampleMilliseconds / Math.max(fastest, 1e-4))));
  }
  const samples = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [i, item] of cases.entries()) {
      samples.get(item.name)?.push(await timed(item, inner[i]));
    }
  }
  return samples;
}

/** A quantile of unsorted numbers. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
}

/** Median, tenths and minimum. */
export function quantiles(values: readonly number[]): Quantiles {
  return {
    median: quantile(values, 0.5),
    p10: quantile(values, 0.1),
    p90: quantile(values, 0.9),
    minimum: Math.min(...values),
  };
}

const UNITS = { flop: "GFLOP/s", element: "10⁹ elements/s", byte: "GB/s" } as const;

/** A row without ratios. */
export function rowOf({ name, work, unit = "flop" }: Case, samples: Samples): Row {
  const times = samples.get(name) ?? [];
  const milliseconds = quantiles(times);
  const row: Row = { name, repetitions: times.length, milliseconds };
  if (work === undefined) return row;
  return { ...row, rate: { value: work / milliseconds.median / 1e6, unit: UNITS[unit] } };
}

/** How many times longer `name` takes than `reference`: the median over rounds. */
export function slowdown(samples: Samples, name: string, reference: string): number {
  const base = samples.get(reference) ?? [];
  return quantile((samples.get(name) ?? []).map((time, round) => time / base[round]), 0.5);
}

/** The rate of `item` as a share of that of `reference`: the median over rounds. */
export function rateShare(samples: Samples, item: Case, reference: Case): number {
  return (item.work ?? 0) / (reference.work ?? 1) / slowdown(samples, item.name, reference.name);
}

/** The measured limit of strict SIMD, as a case. */
export function peakCase(dtype: DType): Case {
  const { flops, run } = peakLoop(dtype);
  return { name: `peak ${dtype}`, work: flops, run };
}

/** Our own product of matrices of order 512, as a case. */
export function gemmCase(dtype: DType): Case {
  const n = 512;
  const [a, b, out] = [1, 2, 3].map((seed) => filled([n, n], dtype, seed));
  return { name: `gemm 512 ${dtype}`, work: 2 * n ** 3, run: () => matmul(a, b, { out }) };
}

/** Numbers in [-1, 1), the same in every run. */
export function filled(shape: number[], dtype: DType, seed = 1): ReturnType<typeof zeros> {
  const t = zeros(shape, { dtype });
  let state = seed;
  for (let i = 0; i < t.size; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    t.data[i] = state / 2 ** 31;
  }
  return t;
}
