// Every sum over the rows of a site beside loops in float64 over rows that the site shows one by one.
import { type AffineSite, Scope, tensor, zeros } from "../../../mod.ts";
import {
  gradientsOf,
  inputsOf,
  outputsOf,
  rowsOf,
  type SampleRows,
} from "../../../src/curvature/statistics/rows.ts";
import {
  addWeightedProducts,
  columnMeans,
  crossProduct,
  gram,
  momentAction,
  weightedSum,
} from "../../../src/curvature/statistics/sums.ts";
import { matrix } from "../../../src/ops/matrix.ts";
import { allNear, equal, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows } from "../../_support/twins.ts";
import {
  apply,
  columnMeans as meansOf,
  multiply,
  type Rows,
  transpose,
} from "../../oracles/matrices.ts";
import { forEachSiteCase } from "./_sites.ts";

/** The rows of a site on both sides: as statistics take them, and as numbers. */
function kindsOf(site: AffineSite): readonly [name: string, rows: SampleRows, values: Rows][] {
  const inputs = site.inputs.toArray();
  const kinds: [string, SampleRows, Rows][] = [
    ["A", inputsOf(site), inputs],
    ["Z", outputsOf(site), matrix(site.outputs).toArray()],
    ["G", gradientsOf(site), matrix(site.outputGradients).toArray()],
  ];
  if (!site.hasBias) return kinds;
  const held = inputs.map((row) => row.slice(0, -1));
  return [...kinds, ["A without ones", inputsOf(site, false), held]];
}

/** Weights of any sign, every third of them zero. */
function weightsOf(count: number): number[] {
  return randomRows(9, 1, count)[0].map((w, n) => n % 3 === 0 ? 0 : w);
}

/** Rows times the weights of each. */
function weighted(weights: readonly number[], rows: Rows): Rows {
  return rows.map((row, n) => row.map((x) => weights[n] * x));
}

test("rows have the shape of their site's, with and without the ones of a bias", () => {
  forEachSiteCase((lin, _, what) => {
    for (const site of lin.sites) {
      for (const [kind, rows, values] of kindsOf(site)) {
        equal([rows.rows, rows.columns], [values.length, values[0].length], `${kind}, ${what}`);
      }
      equal(inputsOf(site).areGathered, site.inputs.patches !== undefined, what);
    }
  });
});

test("columnMeans() are the means over rows", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      for (const [kind, rows, values] of kindsOf(site)) {
        using out = zeros([rows.columns], { dtype });
        out.data.fill(NaN);
        columnMeans(rows, out);
        allNear(out.data, meansOf(values), identityBound(dtype), `${kind}, ${what}`);
      }
    }
  });
});

test("gram() is Σ a aᵀ, exactly symmetric, added to a share of what was there", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      for (const [kind, rows, values] of kindsOf(site)) {
        const moment = multiply(transpose(values), values).flat();
        using out = zeros([rows.columns, rows.columns], { dtype });
        out.data.fill(NaN);
        gram(rows, out, { alpha: 0.5 });
        const half = moment.map((x) => 0.5 * x);
        allNear(out.data, half, identityBound(dtype), `${kind}, ${what}`);
        gram(rows, out, { beta: 2 });
        const twice = moment.map((x) => 2 * x);
        allNear(out.data, twice, identityBound(dtype), `${kind}, blended, ${what}`);
        equal(matrix(out).T.toArray(), matrix(out).toArray(), "symmetry");
      }
    }
  });
});

test("gram() with weights is Σ w a aᵀ, exactly symmetric, for weights of zero and of both signs", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      for (const [kind, rows, values] of kindsOf(site)) {
        const weights = weightsOf(rows.rows);
        using rowWeights = tensor(weights, { dtype });
        using out = zeros([rows.columns, rows.columns], { dtype });
        gram(rows, out, { rowWeights });
        const expected = multiply(transpose(weighted(weights, values)), values).flat();
        allNear(out.data, expected, identityBound(dtype), `${kind}, ${what}`);
        equal(matrix(out).T.toArray(), matrix(out).toArray(), "symmetry");
      }
    }
  });
});

test("gram() with weights has the bits of a cross product with rows multiplied beforehand", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      for (const [kind, rows, values] of kindsOf(site)) {
        const weights = weightsOf(rows.rows);
        using rowWeights = tensor(weights, { dtype });
        using copied = tensor(weighted(weights, values), { dtype });
        using out = zeros([rows.columns, rows.columns], { dtype });
        using expected = zeros([rows.columns, rows.columns], { dtype });
        gram(rows, out, { alpha: 0.3, rowWeights });
        crossProduct(rows, rowsOf(copied), expected, { alpha: 0.3 });
        const [found, full] = [out, expected].map((t) => matrix(t).toArray());
        const lower = full.map((row, i) => row.slice(0, i + 1));
        equal(found.map((row, i) => row.slice(0, i + 1)), lower, `${kind}, ${what}`);
      }
    }
  });
});

test("gram() with weights of 1 has the bits of gram() without", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      const rows = inputsOf(site);
      using rowWeights = tensor(new Array(rows.rows).fill(1), { dtype });
      using out = zeros([rows.columns, rows.columns], { dtype });
      using expected = zeros([rows.columns, rows.columns], { dtype });
      gram(rows, out, { rowWeights });
      gram(rows, expected);
      equal([...out.data], [...expected.data], what);
    }
  });
});

test("gram() refuses weights that are not one number of its dtype for each row, and writes nothing", () => {
  forEachSiteCase((lin, dtype) => {
    for (const site of lin.sites) {
      const rows = inputsOf(site);
      using out = zeros([rows.columns, rows.columns], { dtype });
      for (const count of [rows.rows - 1, rows.rows + 1, 0]) {
        using rowWeights = zeros([count], { dtype });
        throws(() => gram(rows, out, { rowWeights }), TypeError, /one weight for each row/);
      }
      using other = zeros([rows.rows], { dtype: DTYPES.find((name) => name !== dtype)! });
      throws(() => gram(rows, out, { rowWeights: other }), TypeError, /dtypes/);
      equal(out.data.every((x) => x === 0), true);
    }
  });
});

test("weightedSum() is Σ w a, and refuses another number of weights", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      for (const [kind, rows, values] of kindsOf(site)) {
        const w = weightsOf(rows.rows);
        using weights = tensor(w, { dtype });
        using out = zeros([rows.columns], { dtype });
        weightedSum(rows, weights, out, { alpha: 0.5 });
        const expected = apply(transpose(values), w).map((x) => 0.5 * x);
        allNear(out.data, expected, 2 * identityBound(dtype), `${kind}, ${what}`);
        using short = zeros([rows.rows - 1], { dtype });
        throws(() => weightedSum(rows, short, out), TypeError, /sizes differ/);
      }
    }
  });
});

test("crossProduct() of G and A is Σ g aᵀ: the gradient times B at every site", () => {
  forEachSiteCase((lin, dtype, what) => {
    using gradient = lin.gradient();
    for (const site of lin.sites) {
      const { weight: { shape }, offset } = site;
      using out = zeros(shape, { dtype });
      crossProduct(gradientsOf(site), inputsOf(site), out, { alpha: 1 / lin.batchSize });
      const [g, a] = [matrix(site.outputGradients).toArray(), site.inputs.toArray()];
      const expected = multiply(transpose(g), a).flat().map((x) => x / lin.batchSize);
      allNear(out.data, expected, identityBound(dtype), what);
      equal([...out.data], [...gradient.data.subarray(offset, offset + out.size)], what);
    }
  });
});

test("momentAction() is (1/B) Σ a (aᵀs)", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      for (const [kind, rows, values] of kindsOf(site)) {
        const [direction] = randomRows(4, 1, rows.columns);
        using scope = new Scope();
        const vector = (size: number) => scope.own(zeros([size], { dtype }));
        const s = scope.own(tensor(direction, { dtype }));
        const [out, work] = [vector(rows.columns), vector(rows.rows)];
        out.data.fill(NaN);
        momentAction(rows, lin.batchSize, s, out, work);
        const expected = apply(transpose(values), apply(values, direction));
        const mean = expected.map((x) => x / lin.batchSize);
        allNear(out.data, mean, 4 * identityBound(dtype), `${kind}, ${what}`);
      }
    }
  });
});

test("addWeightedProducts() adds Σ w(l) a rᵀ of each node l over a span, weights of both signs", () => {
  forEachSiteCase((lin, dtype, what) => {
    for (const site of lin.sites) {
      const [left, right] = [inputsOf(site), gradientsOf(site)];
      const first = 1,
        count = left.rows - 1,
        weights = [weightsOf(count), weightsOf(count).reverse()];
      using scales = tensor(weights, { dtype });
      const stride = 2 * right.columns + 1;
      using out = zeros([left.columns, stride], { dtype });
      out.data.fill(1);
      const place = { offset: 1, stride };
      const add = (from: SampleRows, rows: SampleRows): void =>
        addWeightedProducts(
          0.5,
          from,
          { rows, scales, node: 0, nodes: 2 },
          { first, count },
          out,
          place,
        );
      if (left.areGathered) {
        throws(() => add(left, right), TypeError, /row by row/);
        throws(() => add(right, left), TypeError, /row by row/);
        continue;
      }
      add(left, right);
      const [a, g] = [site.inputs.toArray(), matrix(site.outputGradients).toArray()]
        .map((rows) => rows.slice(first));
      const blocks = weights.map((w) => multiply(transpose(a), weighted(w, g)));
      const expected = a[0].map((
        _,
        i,
      ) => [1, ...blocks.flatMap((b) => b[i].map((x) => 1 + 0.5 * x))]);
      allNear(out.data, expected.flat(), identityBound(dtype), what);
    }
  });
});
