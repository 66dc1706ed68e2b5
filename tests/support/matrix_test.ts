import { LAYERS } from "../nn/_layers.ts";
import { TABLE } from "../optimizers/_method_table.ts";
import { FORMS, has } from "../optimizers/_methods.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { PRODUCTS, supportMatrix } from "./matrix.ts";

/** Methods of dense sites in a chain, and the operator that is theirs, say by themselves what they take. */
const NARROW: ReadonlySet<string> = new Set([
  "positiveCurvatureHessian()",
  ...Object.keys(TABLE).filter((name) => TABLE[name].sites === "dense").map((name) => `${name}()`),
]);

/** What every layer has besides, unless the samples of a batch meet in it. */
const APART: ReadonlySet<string> = new Set([
  "perSampleGradients()",
  "gaussNewtonMatrix()",
  ...Object.values(FORMS).filter((form) => form.isPlain && has(form, "needsIndependence"))
    .map(({ optimizer }) => `${optimizer.name}()`),
]);
const MEET = /(samples of a training batch|other samples, which) meet in /;

test("every layer has every product, or the product is refused by name", () => {
  const matrix = supportMatrix();
  ok(matrix.size > Object.keys(LAYERS).length, "all layers");
  for (const [layer, cells] of matrix) {
    equal(cells.size, Object.keys(PRODUCTS).length);
    for (const [product, cell] of cells) {
      if (cell === true) continue;
      if (APART.has(product)) ok(MEET.test(cell), `${product} of ${layer}: ${cell}`);
      else ok(NARROW.has(product), `${product} of ${layer}: ${cell}`);
    }
  }
});
