import * as api from "../../_support/api.ts";
import { dense, type Initializer, sequential } from "../../../mod.ts";
import { equal, near, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { samplingBound, varianceBound } from "../../_support/tolerance.ts";
import { DTYPES } from "../../_support/twins.ts";

const INPUTS = 300;
const UNITS = 200;

interface Expectation {
  readonly initializer: Initializer;
  /** Largest magnitude of a weight, Infinity for normal weights. */
  readonly limit: number;
  readonly variance: number;
}

const uniformOver = (initializer: Initializer, limit: number): Expectation => ({
  initializer,
  limit,
  variance: limit * limit / 3,
});

const EXPECTED: Readonly<Record<string, Expectation>> = {
  glorotUniform: uniformOver(api.glorotUniform(), Math.sqrt(6 / (INPUTS + UNITS))),
  heUniform: uniformOver(api.heUniform(), Math.sqrt(6 / INPUTS)),
  lecunUniform: uniformOver(api.lecunUniform(), Math.sqrt(3 / INPUTS)),
  glorotNormal: {
    initializer: api.glorotNormal(),
    limit: Infinity,
    variance: 2 / (INPUTS + UNITS),
  },
  heNormal: { initializer: api.heNormal(), limit: Infinity, variance: 2 / INPUTS },
  lecunNormal: { initializer: api.lecunNormal(), limit: Infinity, variance: 1 / INPUTS },
};

/** Weights and biases of one layer. */
function initialized(
  initializer: Initializer,
  dtype: "float32" | "float64",
  seed = 1,
  bias = true,
) {
  using model = sequential({ input: [INPUTS], seed, dtype }, [dense(UNITS, { initializer, bias })]);
  const width = INPUTS + (bias ? 1 : 0);
  const all = [...model.parameters.data];
  return {
    weights: all.filter((_, i) => !bias || i % width !== INPUTS),
    biases: bias ? all.filter((_, i) => i % width === INPUTS) : [],
  };
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
}

for (const [name, { initializer, limit, variance }] of Object.entries(EXPECTED)) {
  test(`${name}() draws weights of its variance within its limits, and biases of zero`, () => {
    for (const dtype of DTYPES) {
      for (const bias of [true, false]) {
        const { weights, biases } = initialized(initializer, dtype, 1, bias);
        equal(biases.every((x) => x === 0), true, "biases");
        const largest = weights.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
        ok(largest <= Math.fround(limit), `${largest} above ${limit}`);
        if (limit < Infinity) ok(largest > 0.999 * limit, `${largest} far below ${limit}`);
        const found = moments(weights);
        near(found.mean, 0, samplingBound(weights.length, Math.sqrt(variance)), "mean");
        near(found.variance / variance, 1, varianceBound(weights.length), "variance");
      }
    }
  });
}

test("pytorchDefault() draws weights and biases within 1/√fanIn", () => {
  for (const dtype of DTYPES) {
    const { weights, biases } = initialized(api.pytorchDefault(), dtype);
    const limit = 1 / Math.sqrt(INPUTS);
    for (const values of [weights, biases]) {
      ok(values.every((x) => Math.abs(x) <= Math.fround(limit)), "beyond the limit");
      near(moments(values).variance / (limit * limit / 3), 1, varianceBound(values.length));
    }
  }
});

test("martensSparse() gives every unit its number of connections, and biases of one value", () => {
  for (const dtype of DTYPES) {
    const initializer = api.martensSparse({ connections: 7, standardDeviation: 0.5, bias: 0.25 });
    const { weights, biases } = initialized(initializer, dtype);
    for (let unit = 0; unit < UNITS; unit++) {
      const row = weights.slice(unit * INPUTS, (unit + 1) * INPUTS);
      equal(row.filter((x) => x !== 0).length, 7, `connections of unit ${unit}`);
    }
    equal(biases.every((x) => x === 0.25), true, "biases");
    const present = weights.filter((x) => x !== 0);
    near(moments(present).variance / 0.25, 1, varianceBound(present.length), "variance");
    const places = new Set(weights.flatMap((x, i) => x !== 0 ? [i % INPUTS] : []));
    ok(places.size > 0.9 * INPUTS, `only ${places.size} inputs are connected`);
  }
  using narrow = sequential({ input: [3] }, [dense(2, { initializer: api.martensSparse() })]);
  equal(narrow.parameters.data.filter((x) => x !== 0).length, 6, "never more than all inputs");
});

test("martensSparse() refuses numbers of connections that are none", () => {
  for (const connections of [-1, 0, 1.5, NaN]) {
    throws(() => api.martensSparse({ connections }), RangeError, /connections/);
  }
  throws(() => api.martensSparse({ standardDeviation: -1 }), RangeError, /standardDeviation/);
  throws(() => api.martensSparse({ bias: NaN }), RangeError, /bias/);
});

test("weights depend on the seed and the site, not on what was made before", () => {
  const layers = (units: number[]) => units.map((width) => dense(width));
  using small = sequential({ input: [5], seed: 3 }, layers([4]));
  using large = sequential({ input: [5], seed: 3 }, layers([4, 4]));
  using other = sequential({ input: [5], seed: 4 }, layers([4]));
  const [head, tail] = [large.parameters.data.slice(0, 24), large.parameters.data.slice(24)];
  equal([...head], [...small.parameters.data], "the same site");
  ok([...other.parameters.data].some((x, i) => x !== head[i]), "another seed");
  ok(tail.some((x, i) => x !== head[i]), "another site");
});
