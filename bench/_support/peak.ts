// The strict-SIMD peak of this machine and engine: independent multiplications and additions in registers.
//
// Thirteen chains x := x one or x + one, seven and six, cover the latency of both units without spilling. `one` is an
// argument, since V8 makes a constant vector anew at each use. The module is written out here: it needs no compiler.
import type { DType } from "../../src/runtime/dtype.ts";

const CHAINS = 13;
const UNROLL = 2;
const COUNT = 20_000;

const SIMD = 0xfd, LOCAL_GET = 0x20, LOCAL_SET = 0x21, LOCAL_TEE = 0x22;
const I32 = 0x7f, V128 = 0x7b;

interface Lanes {
  readonly name: string;
  readonly lanes: number;
  readonly type: number;
  readonly splat: number;
  readonly extract: number;
  readonly add: number;
  readonly multiply: number;
}

const FLOAT32: Lanes = {
  ...{
    name: "float32",
    lanes: 4,
    type: 0x7d,
    splat: 0x13,
    extract: 0x1f,
    add: 0xe4,
    multiply: 0xe6,
  },
};
const FLOAT64: Lanes = {
  ...{
    name: "float64",
    lanes: 2,
    type: 0x7c,
    splat: 0x14,
    extract: 0x21,
    add: 0xf0,
    multiply: 0xf2,
  },
};

/** LEB128 of a length. */
function leb(n: number): number[] {
  return n < 128 ? [n] : [n & 127 | 128, ...leb(n >> 7)];
}

function sized(bytes: number[]): number[] {
  return [...leb(bytes.length), ...bytes];
}

/** (count: i32, one: T) -> T */
function body({ splat, extract, add, multiply }: Lanes): number[] {
  const one = 2, chains = [...Array(CHAINS).keys()].map((i) => one + 1 + i);
  const steps = chains.flatMap((x, i) => [
    ...[LOCAL_GET, x, LOCAL_GET, one, SIMD, i % 2 ? add : multiply, 1, LOCAL_SET, x],
  ]);
  return sized([
    ...[1, 1 + CHAINS, V128],
    ...[LOCAL_GET, 1, SIMD, splat, LOCAL_SET, one],
    ...chains.flatMap((x) => [LOCAL_GET, one, LOCAL_SET, x]),
    ...[0x03, 0x40], // loop
    ...Array(UNROLL).fill(steps).flat(),
    ...[LOCAL_GET, 0, 0x41, 1, 0x6b, LOCAL_TEE, 0, 0x0d, 0, 0x0b], // br_if (count -= 1); end
    ...[LOCAL_GET, chains[0]],
    ...chains.slice(1).flatMap((x) => [LOCAL_GET, x, SIMD, add, 1]),
    ...[SIMD, extract, 0, 0x0b],
  ]);
}

function section(id: number, entries: number[][]): number[] {
  return [id, ...sized([...leb(entries.length), ...entries.flat()])];
}

/** A module that exports the loops as `float32` and `float64`, (count: i32, one) -> a number of no interest. */
export function peakModule(): Uint8Array<ArrayBuffer> {
  const dtypes = [FLOAT32, FLOAT64];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, dtypes.map(({ type }) => [0x60, 2, I32, type, 1, type])),
    ...section(3, dtypes.map((_, i) => [i])),
    ...section(
      7,
      dtypes.map(({ name }, i) => [...sized([...new TextEncoder().encode(name)]), 0, i]),
    ),
    ...section(10, dtypes.map(body)),
  ]);
}

/** Flops per lane in one pass of the loop. */
export const PEAK_FLOPS_PER_LANE: number = CHAINS * UNROLL;

/** A loop to be timed, and the flops of one call. */
export interface PeakLoop {
  readonly flops: number;
  readonly run: () => void;
}

/** The loop of one dtype, ready to run. */
export function peakLoop(dtype: DType): PeakLoop {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(peakModule()));
  const loop = exports[dtype] as (count: number, one: number) => number;
  const { lanes } = dtype === "float32" ? FLOAT32 : FLOAT64;
  return { flops: COUNT * lanes * PEAK_FLOPS_PER_LANE, run: () => void loop(COUNT, 1) };
}
