import { LAYERS } from "../nn/_layers.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { PRODUCTS, supportMatrix } from "./matrix.ts";

/** What every layer has, whatever methods can do with it. */
const ALWAYS = /^(predict|gradient|jvp|vjp|gaussNewton\(|fisher|save|sgd|adam|lbfgs)/;

/** What it has besides, unless the samples of a batch meet in it. */
const APART = /^perSample/;
const MEET = /samples of a training batch meet in /;

test("every layer has every product, or the product is refused by name", () => {
  const matrix = supportMatrix();
  ok(matrix.size > Object.keys(LAYERS).length, "all layers");
  for (const [layer, cells] of matrix) {
    equal(cells.size, Object.keys(PRODUCTS).length);
    for (const [product, cell] of cells) {
      if (APART.test(product) && typeof cell === "string") ok(MEET.test(cell), cell);
      else if (ALWAYS.test(product)) equal(cell, true, `${product} of ${layer}`);
      else ok(cell === true || cell.startsWith("Cannot "), `${product} of ${layer}`);
    }
  }
});
