// The kernels of an LSTM's time step between canaries, at every tail of a vector. What they compute is held to an oracle in
// tests/nn/layers/lstm_test.ts; here they must write all of their results and nothing else.
import { kernels } from "../../../src/runtime/instance.ts";
import { bytesPerElement, type DType } from "../../../src/runtime/dtype.ts";
import { zeros } from "../../../mod.ts";
import { ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { GATE_ULP } from "../../_support/tolerance.ts";
import { ulpError } from "../../oracles/ulp.ts";
import { Chance, DTYPES, type Operand } from "../_cases.ts";

const ROWS = 3;
const LARGEST = 9;

/** Guarded operands of rows of some blocks of `units` elements. */
class Operands {
  readonly #dtype: DType;
  readonly #units: number;
  readonly #chance = new Chance(1);
  readonly #made: Operand[] = [];

  constructor(dtype: DType, units: number) {
    this.#dtype = dtype;
    this.#units = units;
  }

  /** Numbers that a kernel may read. */
  given(blocks: number): Operand {
    const columns = blocks * this.#units;
    return this.#keep(columns, this.#chance.numbers(this.#dtype, ROWS * columns));
  }

  /** Memory of NaN that a kernel must write. */
  empty(blocks: number): Operand {
    return this.#keep(blocks * this.#units);
  }

  /** Whether all operands hold numbers now; checks the canaries. */
  areFilled(): boolean {
    const taken = this.#made.map(({ guarded }) => guarded.take());
    return taken.every((values) => values.every(Number.isFinite));
  }

  #keep(columns: number, values?: Float64Array): Operand {
    const made = this.#chance.operand(this.#dtype, ROWS, columns, values);
    this.#made.push(made);
    return made;
  }
}

function forEachSize(body: (dtype: DType, units: number, operands: Operands) => void): void {
  for (const dtype of DTYPES) {
    for (let units = 1; units <= LARGEST; units++) {
      const operands = new Operands(dtype, units);
      body(dtype, units, operands);
      ok(operands.areFilled(), `${dtype}, ${units} units`);
    }
  }
}

const place = ({ pointer, stride }: Operand): [number, number] => [pointer, stride];

test("forward and tangent kernels of an LSTM stay inside their operands, with and without a next step", () => {
  for (const hasNext of [true, false]) {
    forEachSize((dtype, units, operands) => {
      const { lstm_forward, lstm_tangent } = kernels(dtype);
      const z = operands.given(4), s = operands.empty(5), c = operands.given(2);
      const h = operands.empty(1), next = hasNext ? operands.empty(1) : h;
      lstm_forward(ROWS, units, ...place(z), ...place(s), ...place(c), ...place(h), ...place(next));
      // The tangent of a direction in which z and the state move by what they are.
      lstm_tangent(
        ROWS,
        units,
        ...place(z),
        ...place(s),
        c.pointer,
        c.pointer,
        c.stride,
        ...place(h),
        ...place(next),
      );
    });
  }
});

test("gates are within a few units in the last place of sigmoid and tanh, far out too", () => {
  const { lstm_forward } = kernels("float32");
  const rows = 4096, chance = new Chance(1);
  using z = zeros([rows, 4]), s = zeros([rows, 5]), c = zeros([rows, 2]), h = zeros([rows, 1]);
  for (const reach of [2 ** -20, 0.01, 1, 10, 79]) {
    chance.numbers("float32", z.size).forEach((x, i) => z.data[i] = reach * x);
    lstm_forward(rows, 1, z.pointer, 4, s.pointer, 5, c.pointer, 2, h.pointer, 1, h.pointer, 1);
    for (let r = 0; r < rows; r++) {
      const [input, candidate] = [z.data[4 * r], z.data[4 * r + 2]];
      const gate = ulpError(s.data[5 * r], 1 / (1 + Math.exp(-input)), "float32");
      const value = ulpError(s.data[5 * r + 2], Math.tanh(candidate), "float32");
      ok(gate < GATE_ULP && value < GATE_ULP, `${gate} and ${value} ulp at ${input}, ${candidate}`);
    }
  }
});

test("reverse and second-order kernels of an LSTM stay inside their operands", () => {
  forEachSize((dtype, units, operands) => {
    const { lstm_reverse, lstm_second_order } = kernels(dtype);
    const s = operands.given(5), c = operands.given(2), u = operands.given(1);
    const h = operands.given(1), d = operands.given(2), g = operands.empty(4);
    const last = d.pointer + units * bytesPerElement(dtype);
    const sums = [last, d.pointer, d.stride] as const;
    lstm_reverse(
      ROWS,
      units,
      ...place(s),
      ...place(c),
      ...place(u),
      ...place(h),
      ...sums,
      ...place(g),
    );
    const rg = operands.given(4), rh = operands.given(1), rd = operands.given(1);
    lstm_second_order(
      ROWS,
      units,
      ...place(s),
      c.pointer,
      c.pointer,
      c.stride,
      rg.pointer,
      rg.pointer,
      rg.stride,
      ...place(h),
      last,
      d.stride,
      ...place(u),
      ...place(rh),
      ...place(rd),
    );
  });
});
