import {
  defineLoss,
  type Loss,
  type LossDefinition,
  softmaxCrossEntropy,
  squaredError,
  tensor,
} from "../../../mod.ts";
import { checkLoss } from "../../../layers.ts";
import { ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES } from "../../_support/twins.ts";
import { LOSSES } from "../_losses.ts";
import { ROUND } from "../_own.ts";

type Product = LossDefinition["hessianProduct"];

function diagnoses(changed: Partial<LossDefinition>): string {
  const printed: string[] = [];
  const loss = defineLoss({ ...ROUND, ...changed });
  checkLoss(loss, { output: [3], print: (text) => printed.push(text) });
  return printed.join("\n");
}

const scaled = (factor: number): Partial<LossDefinition> => ({
  gradient: (z, y, g) => {
    ROUND.gradient(z, y, g);
    g.forEach((value, i) => g[i] = factor * value);
  },
});

/** H + a matrix that is not symmetric. */
const lopsided: Product = (z, y, u, out) => {
  ROUND.hessianProduct(z, y, u, out);
  out[0] += u[1];
};
const flipped: Product = (z, y, u, out) => {
  ROUND.hessianProduct(z, y, u, out);
  out.forEach((value, i) => out[i] = -value);
};

let drift = 0;
const BROKEN: Readonly<Record<string, readonly [Partial<LossDefinition>, ...RegExp[]]>> = {
  "a wrong sign": [
    scaled(-1),
    /loss "round": the gradient is not the derivative of the value: relative error 2.0; the sign/,
    /the Taylor slope is 1\.\d where 2 is due/,
  ],
  "a missing factor": [scaled(0.5), /relative error 0.50; a factor 1\/2\?/],
  "a division by the batch size": [scaled(1 / 4), /a factor of the batch size \(4\)\?/],
  "a Hessian that is not symmetric": [
    { hessianProduct: lopsided },
    /the Hessian is not symmetric/,
    /the Hessian product is not the derivative of the gradient/,
  ],
  "a Hessian that is negative": [
    { hessianProduct: flipped },
    /product is not the derivative of the gradient: relative error 2.0; the sign is wrong/,
    /said to be convex is not positive semidefinite: wᵀMw is -0\.\d+ of wᵀw/,
  ],
  "what changes from call to call": [
    { value: (z, y) => ROUND.value(z, y) + drift++ / 1024 },
    /gives other bits when it repeats/,
  ],
  "NaN": [{ value: () => NaN }, /the loss can be evaluated: .*loss "round", value\(\)/],
};

for (const [name, [changed, ...patterns]] of Object.entries(BROKEN)) {
  test(`checkLoss() names ${name}`, () => {
    const printed = diagnoses(changed);
    for (const pattern of patterns) ok(pattern.test(printed), printed || "nothing was printed");
  });
}

test("checkLoss() finds every loss of the library sound, at two batch sizes", () => {
  for (const [name, { loss }] of Object.entries(LOSSES)) {
    for (const dtype of DTYPES) {
      for (const batchSize of [1, 5]) {
        const { isSound } = checkLoss(loss, { output: [3], dtype, batchSize });
        ok(isSound, `${name}, ${dtype}, B ${batchSize}`);
      }
    }
  }
  using target = tensor([0, 2, 1], { dtype: "float64" });
  ok(checkLoss(softmaxCrossEntropy(), { output: [3], target }).isSound, "indices");
});

test("checkLoss() refuses what is no loss, and targets that do not suit", () => {
  throws(
    () => checkLoss({} as Loss, { output: [3] }),
    TypeError,
    /the loss must be a loss.* without checkTarget\(\)/,
  );
  using target = tensor([[1, 2]]);
  throws(() => checkLoss(squaredError(), { output: [3], target }), TypeError, /targets \(1, 2\)/);
});
