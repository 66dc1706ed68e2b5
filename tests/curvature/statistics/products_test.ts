// Products in which each row keeps its place, beside loops in float64.
import { Scope, zeros } from "../../../mod.ts";
import {
  alongRows,
  copied,
  kroneckerOfRows,
  preciseRows,
  sampleProducts,
  throughMatrix,
  writeColumns,
} from "../../../src/curvature/statistics/products.ts";
import {
  areFinite,
  cotangentsOf,
  gradientsOf,
  inputsOf,
  largestMagnitude,
  outputsOf,
  visitInputRows,
} from "../../../src/curvature/statistics/rows.ts";
import { crossProduct, gram } from "../../../src/curvature/statistics/sums.ts";
import { matrix } from "../../../src/ops/matrix.ts";
import { allNear, equal, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { randomRows, tensorOf } from "../../_support/twins.ts";
import { identity, multiply, transpose } from "../../oracles/matrices.ts";
import { forEachSiteCase } from "./_sites.ts";

test("throughMatrix() is X M and alongRows() its transpose", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      const rows = inputsOf(site), m = randomRows(5, rows.columns, 4);
      const product = multiply(site.inputs.toArray(), m);
      using held = tensorOf(m, dtype);
      using through = zeros([rows.rows, 4], { dtype });
      using along = zeros([4, rows.rows], { dtype });
      throughMatrix(rows, matrix(held), through);
      alongRows(matrix(held).T, rows, along);
      allNear(through.data, product.flat(), identityBound(dtype), what);
      allNear(along.data, transpose(product).flat(), identityBound(dtype), what);
    }
  });
});

test("sampleProducts() is X Xᵀ, exactly symmetric, and refuses rows that memory does not hold", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      const rows = inputsOf(site), values = site.inputs.toArray();
      using out = zeros([rows.rows, rows.rows], { dtype });
      if (rows.areGathered) {
        throws(() => sampleProducts(rows, out), TypeError, /Gram/);
        continue;
      }
      sampleProducts(rows, out, 0.5);
      const expected = multiply(values, transpose(values)).flat().map((x) => 0.5 * x);
      allNear(out.data, expected, 2 * identityBound(dtype), what);
      equal(matrix(out).T.toArray(), matrix(out).toArray(), "symmetry");
    }
  });
});

test("kroneckerOfRows() of the identity is V XᵀX", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      const rows = inputsOf(site), values = site.inputs.toArray();
      const v = randomRows(6, 2, rows.columns);
      using unit = tensorOf(identity(2), dtype);
      using vector = tensorOf(v, dtype);
      using operator = kroneckerOfRows(unit, rows, 0.25, {});
      using out = operator.apply(vector.view([vector.size]));
      const expected = multiply(v, multiply(transpose(values), values)).flat();
      const quarter = expected.map((x) => 0.25 * x);
      allNear(out.data, quarter, 4 * identityBound(dtype), what);
    }
  });
});

test("preciseRows() hold the same numbers in float64, patches and ones too", () => {
  forEachSiteCase((lin, _, what) => {
    for (const site of lin.sites) {
      using scope = new Scope();
      const rows = preciseRows(inputsOf(site), scope);
      equal(rows.areGathered, false, what);
      using unit = tensorOf(identity(rows.columns), "float64");
      using out = zeros([rows.rows, rows.columns], { dtype: "float64" });
      throughMatrix(rows, matrix(unit), out);
      equal([...out.data], site.inputs.toArray().flat(), what);
    }
  });
});

test("writeColumns() transposes a span of rows into float64", () => {
  forEachSiteCase((lin, _, what) => {
    for (const site of lin.sites) {
      const rows = gradientsOf(site), first = 1, count = rows.rows - 1;
      using out = zeros([rows.columns, count + 2], { dtype: "float64" });
      writeColumns(rows, { first, count }, out, { offset: 1, stride: count + 2 });
      const columns = transpose(matrix(site.outputGradients).toArray().slice(first));
      equal(matrix(out).toArray(), columns.map((column) => [0, ...column, 0]), what);
    }
  });
});

test("copied() rows are no longer those of the site", () => {
  forEachSiteCase((lin, _, what) => {
    for (const site of lin.sites) {
      using copy = copied(gradientsOf(site));
      equal([...copy.data], [...site.outputGradients.data], what);
      copy.data.fill(7);
      equal(site.outputGradients.data.includes(7), false, what);
      if (site.hasBias) throws(() => copied(inputsOf(site)), TypeError, /must lie in memory/);
    }
  });
});

test("visitInputRows() shows the rows that a linearization of the same samples has", () => {
  forEachSiteCase((lin, dtype, what, { model, input, lengths }) => {
    let count = 0;
    visitInputRows(model, input, (shown) => {
      for (const [i, site] of lin.sites.entries()) {
        const shape = [shown[i].columns, shown[i].columns];
        using out = zeros(shape, { dtype });
        using expected = zeros(shape, { dtype });
        gram(shown[i], out);
        gram(inputsOf(site), expected);
        equal([...out.data], [...expected.data], what);
        count++;
      }
    }, { lengths });
    equal(count, lin.modelSites.length);
  });
});

test("cotangentsOf() shows the rows that a pull to the parameters is made of", () => {
  forEachSiteCase((lin, dtype, what) => {
    using ones = zeros(lin.output.shape, { dtype });
    ones.data.fill(1);
    using pulled = lin.vjp(ones);
    for (const [i, cotangents] of cotangentsOf(lin, ones).entries()) {
      const { weight: { shape }, offset } = lin.sites[i];
      using out = zeros(shape, { dtype });
      crossProduct(cotangents, inputsOf(lin.sites[i]), out);
      equal([...out.data], [...pulled.data.subarray(offset, offset + out.size)], what);
    }
  });
});

test("areFinite() and largestMagnitude() look at every row that memory holds", () => {
  forEachSiteCase((lin, _, what) => {
    for (const site of lin.sites) {
      const rows = outputsOf(site), { data } = site.outputs;
      equal(areFinite(rows), true, what);
      equal(largestMagnitude(rows), Math.max(...[...data].map(Math.abs)));
      const last = data[data.length - 1];
      for (const bad of [NaN, Infinity, -Infinity]) {
        data[data.length - 1] = bad;
        equal(areFinite(rows), false, what);
      }
      data[data.length - 1] = last;
    }
  });
});
