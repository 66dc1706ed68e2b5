import { tensor } from "../../mod.ts";
import { allNear, equal, near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import {
  ACTIVATION_LAYERS,
  type ActivationName,
  DTYPES,
  LOSS_CASES,
  randomRows,
  randomVector,
  tensorOf,
  twin,
} from "../_support/twins.ts";
import { apply, transpose } from "../oracles/matrices.ts";
import { centralDifferences, evaluate, flatten, jacobian, unflatten } from "../oracles/mlp.ts";
import { DIFFERENCE_BOUND, DIFFERENCE_STEP } from "../_support/tolerance.ts";

const INPUTS = 4;
const BATCH_SIZES = [1, 7];

function layersWith(activation: ActivationName, outputs = 3) {
  return [
    { units: 5, activation, parameter: 0.25 },
    { units: 6, activation, parameter: 0.25, bias: false },
    { units: outputs },
  ];
}

for (const activation of Object.keys(ACTIVATION_LAYERS) as ActivationName[]) {
  test(`linearize() agrees with the chain rule through ${activation}`, () => {
    for (const dtype of DTYPES) {
      for (const batchSize of BATCH_SIZES) {
        const { model, net, weights } = twin({
          inputs: INPUTS,
          layers: layersWith(activation),
          dtype,
        });
        const [x, y] = [randomRows(2, batchSize, INPUTS), randomRows(3, batchSize, 3)];
        const { loss, oracle } = LOSS_CASES.squaredError;
        using input = tensorOf(x, dtype);
        using target = tensorOf(y, dtype);
        using lin = model.linearize(loss, { input, target });
        const expected = evaluate(net, oracle, weights(), x, y);
        const bound = identityBound(dtype);
        near(lin.loss, expected.loss, bound * expected.loss, "loss");
        allNear(lin.output.data, expected.outputs.flat(), bound, "output");
        using gradient = lin.gradient();
        allNear(gradient.data, flatten(expected.gradient), bound, "gradient");

        const rows = x.flatMap((sample) => jacobian(net, weights(), sample));
        using v = randomVector(4, model.parameterCount, dtype);
        using jv = lin.jvp(v);
        allNear(jv.data, apply(rows, [...v.data]), bound, "jvp");
        using u = tensorOf(randomRows(5, batchSize, 3), dtype);
        using pulled = lin.vjp(u);
        allNear(pulled.data, apply(transpose(rows), [...u.data]), bound, "vjp");
        model.dispose();
      }
    }
  });
}

for (const [name, { loss, oracle, targets, isSmooth }] of Object.entries(LOSS_CASES)) {
  test(`linearize() gives value and gradient of ${name} as a mean over samples`, () => {
    for (const dtype of DTYPES) {
      for (const batchSize of BATCH_SIZES) {
        const { model, net, weights } = twin({
          inputs: INPUTS,
          layers: layersWith("tanh", 4),
          dtype,
        });
        const x = randomRows(6, batchSize, INPUTS), { given, dense } = targets(7, batchSize, 4);
        using input = tensorOf(x, dtype);
        using target = tensor(given, { dtype });
        using lin = model.linearize(loss, { input, target });
        const expected = evaluate(net, oracle, weights(), x, dense);
        const bound = identityBound(dtype);
        near(lin.loss, expected.loss, bound * Math.max(1, Math.abs(expected.loss)), "loss");
        using gradient = lin.gradient();
        allNear(gradient.data, flatten(expected.gradient), bound, "gradient");
        if (isSmooth && dtype === "float64") {
          const differences = centralDifferences(
            model.parameters.data,
            (theta) => [evaluate(net, oracle, unflatten(net, theta), x, dense).loss],
            DIFFERENCE_STEP,
          );
          allNear(gradient.data, differences.flat(), DIFFERENCE_BOUND, "gradient by differences");
        }
        model.dispose();
      }
    }
  });
}

test("gradient() is the same bits when it is taken twice, or into a tensor that held other numbers", () => {
  for (const dtype of DTYPES) {
    const { model } = twin({ inputs: INPUTS, layers: layersWith("gelu"), dtype });
    using input = tensorOf(randomRows(2, 7, INPUTS), dtype);
    using target = tensorOf(randomRows(3, 7, 3), dtype);
    using lin = model.linearize(LOSS_CASES.squaredError.loss, { input, target });
    using first = lin.gradient();
    using u = tensorOf(randomRows(5, 7, 3), dtype);
    lin.vjp(u).dispose();
    using second = lin.gradient(randomVector(9, model.parameterCount, dtype));
    equal([...second.data], [...first.data]);
    model.dispose();
  }
});
