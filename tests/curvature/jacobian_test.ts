import {
  conv2d,
  dense,
  flatten,
  sequential,
  squaredError,
  tanh,
  Tensor,
  tensor,
} from "../../mod.ts";
import { jacobian } from "../../operators.ts";
import { allNear, equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf, twin } from "../_support/twins.ts";
import { jacobian as oracle } from "../oracles/mlp.ts";

test("jacobian() is the derivative of every output of every sample, in both dtypes", () => {
  for (const dtype of DTYPES) {
    for (const batchSize of [1, 5]) {
      const layers = [{ units: 4, activation: "tanh" }, { units: 3 }] as const;
      const { model, net, weights } = twin({ inputs: 3, layers, dtype });
      using _model = model;
      const x = randomRows(1, batchSize, 3);
      using input = tensorOf(x, dtype);
      using target = tensorOf(randomRows(2, batchSize, 3), dtype);
      using lin = model.linearize(squaredError(), { input, target });
      const expected = x.map((row) => oracle(net, weights(), row));
      using all = jacobian(lin);
      equal(all.shape, [batchSize, 3, model.parameterCount]);
      allNear(all.data, expected.flat(2), identityBound(dtype), "all samples");
      for (const [sample, rows] of expected.entries()) {
        using one = jacobian(lin, { sample });
        equal(one.shape, [3, model.parameterCount]);
        allNear(one.data, rows.flat(), identityBound(dtype), `sample ${sample}`);
      }
    }
  }
});

test("jacobian() of a convolution has the columns that jvp() gives", () => {
  using model = sequential({ input: [4, 3, 2], seed: 1, dtype: "float64" }, [
    conv2d(2, { kernel: 2 }),
    tanh(),
    flatten(),
    dense(2),
  ]);
  using input = tensor(randomRows(1, 1, 72)[0], { dtype: "float64", shape: [3, 4, 3, 2] });
  using target = tensorOf(randomRows(2, 3, 2), "float64");
  using lin = model.linearize(squaredError(), { input, target });
  using matrix = jacobian(lin);
  using unit = new Tensor("float64", [model.parameterCount]);
  unit.data.fill(0);
  for (let p = 0; p < unit.size; p++) {
    unit.data[p] = 1;
    using column = lin.jvp(unit);
    unit.data[p] = 0;
    const mine = column.data.map((_, row) => matrix.data[row * unit.size + p]);
    allNear(mine, column.data, identityBound("float64"), `column ${p}`);
  }
});

test("jacobian() refuses samples that are not there and sizes beyond memory", () => {
  using model = sequential({ input: [200], seed: 1 }, [dense(200)]);
  using input = tensor(new Float32Array(200 * 200), { shape: [200, 200] });
  using lin = model.linearize(squaredError(), { input, target: input });
  throws(() => jacobian(lin, { sample: 200 }), RangeError, /from 0 to 199/);
  throws(() => jacobian(lin, { sample: 0.5 }), RangeError, /whole/);
  throws(() => jacobian(lin), RangeError, /bytes of the .* lin\.jvp\(\)/);
});
