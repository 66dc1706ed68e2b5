import {
  conv2d,
  defineLoss,
  dense,
  dropout,
  flatten,
  type Layer,
  layerNorm,
  type Loss,
  lstm,
  randomKey,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
} from "../../../mod.ts";
import { checkModel, defineLayer, type LayerDefinition } from "../../../layers.ts";
import { equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import { mixing, ROUND } from "../_own.ts";

const OUTPUTS = 3;

function diagnoses(layers: Layer[], loss: Loss, input: number[] = [2], dtype = DTYPES[1]): string {
  const printed: string[] = [];
  using model = sequential({ input, seed: 1, dtype }, layers);
  const before = [...model.parameters.data];
  using samples = tensorOf(randomRows(1, 4, input.reduce((a, b) => a * b)), dtype);
  using target = tensorOf(randomRows(2, 4, OUTPUTS).map((row) => row.map(Math.abs)), dtype);
  const batch = { input: samples.view([4, ...input]), target, key: randomKey(1) };
  const report = checkModel(model, { loss, batch, print: (text) => printed.push(text) });
  equal(report.isSound, printed.length === 0);
  equal([...model.parameters.data], before, "the parameters");
  return printed.join("\n");
}

const RIGHT = mixing(OUTPUTS);
const own = (changed: Partial<LayerDefinition>): Layer[] => [
  dense(OUTPUTS),
  defineLayer({ ...RIGHT, ...changed }),
];

test("checkModel() finds models of the library's layers sound in both dtypes", () => {
  for (const dtype of DTYPES) {
    for (const loss of [squaredError(), softmaxCrossEntropy()]) {
      const what = `${loss.name}, ${dtype}`;
      equal(diagnoses([dense(4), layerNorm(), tanh(), dense(3)], loss, [2], dtype), "", what);
      const tied = [dense(2), dropout(0.2), dense(3, { tiedTo: "dense_1", transpose: true })];
      equal(diagnoses(tied, loss, [3], dtype), "", what);
      const convnet = [conv2d(2, { kernel: 2 }), tanh(), flatten(), dense(3)];
      equal(diagnoses(convnet, loss, [3, 3, 1], dtype), "", what);
      equal(diagnoses([lstm(2), flatten(), dense(3)], loss, [3, 2], dtype), "", what);
    }
  }
});

test("checkModel() names the site whose gradient is wrong", () => {
  const vjp: LayerDefinition["vjp"] = (point, dy, out) => {
    RIGHT.vjp(point, dy, out);
    out.parameters.weight.forEach((value, i) => out.parameters.weight[i] = -value);
  };
  const printed = diagnoses(own({ vjp }), squaredError());
  ok(
    /the gradient at site "mixing_2".*the sign is wrong.*the Taylor slope is 1/.test(printed),
    printed,
  );
  ok(!/at site "(dense_1|mixing_3)"/.test(printed), printed);
});

test("checkModel() names a Jacobian that is not that of the outputs, and its adjoint", () => {
  const jvp: LayerDefinition["jvp"] = (point, tangent, dy) => {
    RIGHT.jvp(point, tangent, dy);
    dy.forEach((value, i) => dy[i] = 2 * value);
  };
  const printed = diagnoses(own({ jvp }), squaredError());
  ok(/J is not the derivative of the outputs: .*a factor 2\?/.test(printed), printed);
  ok(/Jᵀ is not the adjoint of J: .*a factor 1\/2\?/.test(printed), printed);
});

test("checkModel() names a Hessian that is not symmetric, and one that is not convex", () => {
  const lopsided = defineLoss({
    ...ROUND,
    hessianProduct: (z, y, u, out) => {
      ROUND.hessianProduct(z, y, u, out);
      out[0] -= 4 * u[1];
    },
  });
  const printed = diagnoses([dense(3)], lopsided);
  ok(/the Hessian is not symmetric/.test(printed), printed);
  ok(/the Gauss-Newton matrix is not symmetric/.test(printed), printed);
  const negative = defineLoss({
    ...ROUND,
    hessianProduct: (_z, _y, u, out) => u.forEach((value, i) => out[i] = -value),
  });
  ok(
    /Gauss-Newton matrix of a convex loss is not positive/.test(diagnoses([dense(3)], negative)),
    "",
  );
});

test("checkModel() names what changes from call to call", () => {
  let drift = 0;
  const forward: LayerDefinition["forward"] = (point, y) => {
    RIGHT.forward(point, y);
    y[0] += drift++ / 1024;
  };
  ok(/other bits when they repeat/.test(diagnoses(own({ forward }), squaredError())), "unnoticed");
});

test("checkModel() puts the parameters back when a user's layer throws", () => {
  let calls = 0;
  const vjp: LayerDefinition["vjp"] = (point, dy, out) => {
    if (calls++ > 40) throw new SyntaxError("Cannot go on: it is mine");
    RIGHT.vjp(point, dy, out);
  };
  ok(/can be evaluated: Cannot go on/.test(diagnoses(own({ vjp }), squaredError())), "unnoticed");
});

test("checkModel() refuses what is no model, and a batch that does not suit", () => {
  using input = tensorOf(randomRows(1, 4, 2), "float32");
  const options = { loss: squaredError(), batch: { input, target: input } };
  throws(
    () => checkModel({} as never, options),
    TypeError,
    /the model must be a Model, which sequential\(\) makes/,
  );
  using model = sequential({ input: [3] }, [dense(3)]);
  throws(() => checkModel(model, options), TypeError, /the input has shape/);
});
