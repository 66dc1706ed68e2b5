// Curvature of a data set by mini-batches against that of one batch with all samples.
import {
  type Batch,
  dense,
  empiricalFisher,
  fisher,
  gaussNewton,
  hessian,
  memoryUsage,
  type Model,
  randomKey,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  type Tensor,
} from "../../mod.ts";
import {
  accumulate,
  type LinearOperator,
  linearOperator,
  type OperatorOfBatch,
} from "../../operators.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf } from "../_support/twins.ts";

const [INPUTS, OUTPUTS, SAMPLES] = [3, 3, 7];
type DType = "float32" | "float64";

const OPERATORS: Readonly<Record<string, OperatorOfBatch>> = {
  gaussNewton: (lin) => gaussNewton(lin),
  "gaussNewton by site": (lin) => gaussNewton(lin, { blocks: "site" }),
  hessian: (lin) => hessian(lin),
  "exact fisher": (lin) => fisher(lin),
  empiricalFisher: (lin) => empiricalFisher(lin),
};

function network(dtype: DType): Model {
  return sequential({ input: [INPUTS], seed: 3, dtype }, [dense(4), tanh(), dense(OUTPUTS)]);
}

/** All samples, dealt into batches of these sizes. */
function batchesOf(sizes: readonly number[], dtype: DType): Batch[] {
  const inputs = randomRows(1, SAMPLES, INPUTS);
  const targets = randomRows(2, SAMPLES, OUTPUTS).map((row) => row.map(Math.abs));
  let from = 0;
  return sizes.map((size) => {
    const rows = [from, from += size] as const;
    const [input, target] = [inputs, targets].map((all) => tensorOf(all.slice(...rows), dtype));
    return { input, target };
  });
}

function withMean(
  dtype: DType,
  sizes: readonly number[],
  body: (mean: { model: Model; loss: typeof LOSS; batches: Batch[] }, v: Tensor) => void,
): void {
  using model = network(dtype);
  using v = randomVector(4, model.parameterCount, dtype);
  const batches = batchesOf(sizes, dtype);
  body({ model, loss: LOSS, batches }, v);
  for (const { input, target } of batches) {
    input.dispose();
    target.dispose();
  }
}

const LOSS = softmaxCrossEntropy();

for (const [name, make] of Object.entries(OPERATORS)) {
  test(`accumulate() of ${name} is the operator of all samples at once, in both dtypes`, () => {
    for (const dtype of DTYPES) {
      for (const sizes of [[2, 5], [1, 3, 3], [7]]) {
        withMean(dtype, sizes, (mean, v) => {
          const [whole] = batchesOf([SAMPLES], dtype);
          using lin = mean.model.linearize(LOSS, whole);
          using expected = make(lin, 0).apply(v);
          using operator = accumulate(mean, make);
          using found = operator.apply(v);
          allNear(found.data, expected.data, identityBound(dtype), `${dtype}, ${sizes}`);
          ok(operator.isSymmetric, "symmetric");
          whole.input.dispose();
          whole.target.dispose();
        });
      }
    }
  });
}

test("accumulate() numbers the batches, so that sampled Fisher matrices have keys of their own", () => {
  withMean("float64", [3, 4], (mean, v) => {
    const make: OperatorOfBatch = (lin, index) =>
      fisher(lin, { samples: 2, key: randomKey(1, index) });
    using operator = accumulate(mean, make);
    using found = operator.apply(v);
    const expected = new Float64Array(v.size);
    for (const [i, batch] of mean.batches.entries()) {
      using lin = mean.model.linearize(LOSS, batch);
      using part = make(lin, i);
      using term = part.apply(v);
      term.data.forEach((x, k) => expected[k] += x * lin.batchSize / SAMPLES);
    }
    allNear(found.data, expected, identityBound("float64"));
  });
});

test("accumulate() takes the memory of one mini-batch, however many there are", () => {
  const peaks = [2, 20].map((count) => {
    using model = network("float32");
    const [batch] = batchesOf([SAMPLES], "float32");
    const batches = Array.from({ length: count }, () => batch);
    using v = randomVector(4, model.parameterCount, "float32");
    const before = memoryUsage().liveBytes;
    using operator = accumulate({ model, loss: LOSS, batches }, OPERATORS.gaussNewton);
    using out = operator.apply(v);
    const held = memoryUsage().liveBytes;
    operator.apply(v, out);
    equal(memoryUsage().liveBytes, held, "growth in the second product");
    batch.input.dispose();
    batch.target.dispose();
    return held - before;
  });
  equal(peaks[0], peaks[1]);
});

test("accumulate() takes batches that are made as they are iterated, and gives the same bits again", () => {
  withMean("float32", [2, 5], (mean, v) => {
    const lazily = {
      *[Symbol.iterator](): Generator<Batch> {
        for (const { input, target } of batchesOf([2, 5], "float32")) {
          yield { input, target };
          input.dispose();
          target.dispose();
        }
      },
    };
    using operator = accumulate({ ...mean, batches: lazily }, OPERATORS.gaussNewton);
    using held = accumulate(mean, OPERATORS.gaussNewton);
    using first = operator.apply(v);
    using second = operator.apply(v);
    using third = held.apply(v);
    equal([...first.data], [...second.data]);
    equal([...first.data], [...third.data]);
  });
});

test("accumulate() multiplies by the transpose of operators that are not symmetric", () => {
  withMean("float64", [2, 5], (mean, v) => {
    const size = mean.model.parameterCount;
    const shift = (by: number) => (v: Tensor, out: Tensor) =>
      out.data.set(v.data.map((_, i) => v.data[(i + by + size) % size]));
    const make = (): LinearOperator =>
      linearOperator({ size, dtype: "float64", apply: shift(1), applyTranspose: shift(-1) });
    using operator = accumulate(mean, make);
    using forth = operator.apply(v);
    using back = operator.applyTranspose(forth);
    allNear(back.data, v.data, identityBound("float64"));
  });
});

test("accumulate() refuses what it cannot repeat, and leaves the result as it was", () => {
  withMean("float32", [2, 5], (mean, v) => {
    const { model, batches } = mean, make = OPERATORS.gaussNewton;
    throws(() => accumulate({ ...mean, batches: [] }, make), RangeError, /no batch/);
    throws(
      () => accumulate({ ...mean, batches: batches.values() }, make),
      TypeError,
      /iterator, which ends/,
    );
    throws(() => accumulate(mean, (() => 1) as never), TypeError, /what the function returns/);
    using other = sequential({ input: [INPUTS] }, [dense(OUTPUTS)]);
    throws(
      () =>
        accumulate(mean, () => {
          using lin = other.linearize(squaredError(), batches[0]);
          return gaussNewton(lin);
        }),
      TypeError,
      /of order 12/,
    );
    using operator = accumulate(mean, make);
    using out = operator.apply(v);
    const before = [...out.data];
    const removed = batches.pop()!;
    throws(() => operator.apply(v, out), RangeError, /hold 2 samples, they held 7/);
    batches.push(removed);
    equal([...out.data], before);
    model.parametersChanged();
    throws(() => operator.apply(v, out), TypeError, /parameters changed/);
  });
});
