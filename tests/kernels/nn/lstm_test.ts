// The kernels of an LSTM's sweeps between canaries, at sizes around those of vectors and tiles, against sweeps that take a
// scalar at a time.
import { zeros } from "../../../mod.ts";
import type { DType } from "../../../src/runtime/dtype.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { workspace } from "../../../src/runtime/memory.ts";
import { allNear, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { GATE_ULP, identityBound } from "../../_support/tolerance.ts";
import type { HyperDual } from "../../oracles/hyper_dual.ts";
import { type LstmSweeps, sweepLstm } from "../../oracles/lstm_sweeps.ts";
import { ulpError } from "../../oracles/ulp.ts";
import { Chance, DTYPES } from "../_cases.ts";
import { Guarded } from "../_guarded.ts";

const UNITS = [1, 2, 3, 5, 7, 17];
/** So many that the gates are more columns than a block of gemm has in any dtype. */
const BLOCK_UNITS = 130;
/** Samples, steps and features. */
const EXTENTS = [[1, 1, 1], [2, 1, 3], [1, 3, 2], [3, 4, 1], [7, 2, 5]] as const;

/** Products of gemm and their scratch. */
function scratch(): number {
  return workspace(instance().exports.gemm_work_bytes());
}

/** Guarded memory of one case, all of which must hold what is expected of it in the end. */
class Operands {
  readonly chance = new Chance(1);
  readonly #dtype: DType;
  readonly #made: { guarded: Guarded; name: string; expected: Float64Array | undefined }[] = [];

  constructor(dtype: DType) {
    this.#dtype = dtype;
  }

  /** Numbers in [-1, 1), for a kernel to read. */
  numbers(count: number): Float64Array {
    return this.chance.numbers(this.#dtype, count);
  }

  /** Their address. */
  given(values: Float64Array): number {
    const guarded = this.#guarded(values.length).set(values);
    this.#made.push({ guarded, name: "what is read", expected: values });
    return guarded.pointer;
  }

  /** Memory of NaN that a kernel fills; without an expectation it is working memory. */
  written(name: string, count: number, expected?: Float64Array): number {
    const guarded = this.#guarded(count);
    this.#made.push({ guarded, name, expected });
    return guarded.pointer;
  }

  check(what: string): void {
    for (const { guarded, name, expected } of this.#made) {
      const found = guarded.take();
      if (expected) allNear(found, expected, identityBound(this.#dtype), `${name}, ${what}`);
    }
  }

  #guarded(count: number): Guarded {
    return new Guarded(this.#dtype, 1, count, count, this.chance.below(16));
  }
}

/** Rows of numbers that move along e1, by 0 where there is no tangent. */
function movingRows(values: Float64Array, tangent: Float64Array | undefined, width: number) {
  const rows: HyperDual[][] = [];
  for (let at = 0; at < values.length; at += width) {
    const row = values.subarray(at, at + width);
    rows.push(Array.from(row, (value, k): HyperDual => [value, tangent?.[at + k] ?? 0, 0, 0]));
  }
  return rows;
}

interface Moves {
  readonly weight: boolean;
  readonly input: boolean;
}

/** Runs all four kernels. */
function runCase(
  dtype: DType,
  [samples, steps, width]: readonly [number, number, number],
  units: number,
  needsInput: boolean,
  moves: Moves,
): void {
  const operands = new Operands(dtype), columns = width + units + 1, gates = 4 * units;
  const w = operands.numbers(gates * columns), dw = operands.numbers(gates * columns);
  const x = operands.numbers(samples * steps * width), dx = operands.numbers(x.length);
  const u = operands.numbers(samples * steps * units), ru = operands.numbers(u.length);
  const weight = movingRows(w, moves.weight ? dw : undefined, columns);
  const [xs, us] = [movingRows(x, moves.input ? dx : undefined, width), movingRows(u, ru, units)];
  const expected = Array.from(
    { length: samples },
    (_, n) => sweepLstm(weight, ...rowsOf(n, steps, xs, us)),
  );
  const part = (of: keyof LstmSweeps, which: 0 | 1): Float64Array =>
    Float64Array.from(expected.flatMap((sample) => sample[of].flat().map((a) => a[which])));

  const results = (which: 0 | 1, prefix: string): Record<keyof LstmSweeps, number> => {
    const written = (of: keyof LstmSweeps): number =>
      operands.written(`${prefix}${of}`, part(of, which).length, part(of, which));
    return {
      rows: written("rows"),
      z: written("z"),
      gates: which === 0 ? written("gates") : 0, // no sweep writes their change
      states: written("states"),
      hidden: written("hidden"),
      gradients: written("gradients"),
      inputs: needsInput ? written("inputs") : 0,
    };
  };
  const extents = [samples, steps, width, units] as const;
  const family = kernels(dtype), value = results(0, ""), change = results(1, "change of ");
  const weights = operands.given(w);
  const tangent = moves.weight ? operands.given(dw) : 0;
  const kept = samples * (steps + 1) * units;
  const [handed, cells] = [operands.written("handed", kept), operands.written("cells", kept)];
  const single = (): number => operands.written("one step", samples * units);

  family.lstm_forward(
    ...[...extents, operands.given(x), weights, value.rows, value.z, value.gates] as const,
    ...[value.states, value.hidden, scratch()] as const,
  );
  family.lstm_tangent(
    ...[...extents, weights, tangent, value.rows, value.gates, value.states] as const,
    ...[moves.input ? operands.given(dx) : 0, change.rows, change.z, change.states] as const,
    ...[change.hidden, scratch()] as const,
  );
  const cotangents = operands.given(u);
  const reverse = (h: number, c: number, count: number, g: number, inputs: number): void =>
    family.lstm_reverse(
      ...[...extents, weights, value.gates, value.states, cotangents, h, c, count, g] as const,
      ...[inputs, scratch()] as const,
    );
  reverse(handed, cells, steps + 1, value.gradients, value.inputs);
  // The same without remembering the steps.
  const again = part("gradients", 0);
  reverse(single(), single(), 1, operands.written("gradients", again.length, again), 0);
  family.lstm_second_order(
    ...[...extents, weights, tangent, value.gates, value.states, change.states] as const,
    ...[change.z, handed, cells, value.gradients, operands.given(ru), single(), single()] as const,
    ...[change.gradients, change.inputs, scratch()] as const,
  );
  operands.check(`${dtype}, B T D ${[samples, steps, width]}, ${units} units`);
}

function rowsOf(n: number, steps: number, x: HyperDual[][], u: HyperDual[][]) {
  return [x, u].map((rows) => rows.slice(n * steps, (n + 1) * steps)) as [
    HyperDual[][],
    HyperDual[][],
  ];
}

const CASES: Readonly<Record<string, readonly [needsInput: boolean, moves: Moves]>> = {
  "with all that can move": [true, { weight: true, input: true }],
  "whose weights alone move": [false, { weight: true, input: false }],
  "whose input alone moves": [true, { weight: false, input: true }],
};

for (const [name, [needsInput, moves]] of Object.entries(CASES)) {
  test(`the sweeps of an LSTM ${name} are those of scalars, and write nothing else`, () => {
    for (const dtype of DTYPES) {
      for (const extents of EXTENTS) {
        for (const units of UNITS) runCase(dtype, extents, units, needsInput, moves);
      }
    }
  });
}

test("the sweeps of an LSTM whose weights are more than one block of a product are those of scalars", () => {
  for (const dtype of DTYPES) {
    runCase(dtype, [1, 3, 2], BLOCK_UNITS, true, { weight: true, input: true });
  }
});

test("gates are within a few units in the last place of sigmoid and tanh, far out too", () => {
  const { lstm_forward } = kernels("float32");
  const samples = 4096, chance = new Chance(1);
  using x = zeros([samples, 1]), weight = zeros([4, 3]), rows = zeros([samples, 2]);
  using z = zeros([samples, 4]), s = zeros([samples, 5]), c = zeros([samples, 2]);
  using h = zeros([samples, 1]);
  for (let gate = 0; gate < 4; gate++) weight.data[3 * gate] = 1; // z = x
  const results = [rows, z, s, c, h].map(({ pointer }) => pointer) as [
    ...[number, number, number, number, number],
  ];
  for (const reach of [2 ** -20, 0.01, 1, 10, 79]) {
    chance.numbers("float32", samples).forEach((value, i) => x.data[i] = reach * value);
    lstm_forward(samples, 1, 1, 1, x.pointer, weight.pointer, ...results, scratch());
    for (const [r, at] of x.data.entries()) {
      const gate = ulpError(s.data[5 * r], 1 / (1 + Math.exp(-at)), "float32");
      const value = ulpError(s.data[5 * r + 2], Math.tanh(at), "float32");
      ok(gate < GATE_ULP && value < GATE_ULP, `${gate} and ${value} ulp at ${at}`);
    }
  }
});
