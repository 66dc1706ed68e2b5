// Positive-curvature Hessians against their oracles, and the identities and orders that they satisfy.
import { gaussNewton, hessian, positiveCurvatureHessian } from "../../mod.ts";
import {
  exactPositiveCurvature,
  kroneckerGram,
  type LinearOperator,
  preActivationHessians,
} from "../../operators.ts";
import { allNear, equal, near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  DIFFERENCE_BOUND,
  DIFFERENCE_STEP,
  identityBound,
  orderSlack,
  RECURSION_BOUND,
} from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";
import { columnMeans, kronecker, outer, type Rows, secondMoment } from "../oracles/matrices.ts";
import { centralDifferences, evaluate, flatten, unflatten } from "../oracles/mlp.ts";
import {
  difference,
  meanHessians,
  MODES,
  sampleHessians,
  smallestEigenvalue,
} from "../oracles/positive_curvature.ts";
import {
  ACTIVATIONS,
  type Case,
  caseOf,
  type CaseOptions,
  chainOf,
  CRITERIA,
  matricesOf,
} from "./_positive_curvature.ts";

const BATCH_SIZES = [1, 6];

function forEachCase(body: (example: Case, name: string) => void, dtypes = DTYPES): void {
  for (const dtype of dtypes) {
    for (const activation of ACTIVATIONS) {
      for (const criterion of CRITERIA) {
        for (const batchSize of BATCH_SIZES) {
          using made = caseOf({ dtype, criterion, batchSize, layers: chainOf(activation) });
          body(made, `${activation}, ${criterion}, batch ${batchSize}, ${dtype}`);
        }
      }
    }
  }
}

function denseOf(operator: LinearOperator): Rows {
  using dense = operator.toDense();
  return dense.toArray() as Rows;
}

function inputsOf({ net, weights, oracle, x, y }: Case): Rows[] {
  return evaluate(net, oracle, weights(), x, y).sites.map(({ inputs }) => inputs);
}

/** E[H_t ⊗ h hᵀ] of every site, from the samples' own Hessians by the oracle. */
function exactBlocks(made: Case, mode: typeof MODES[number]): Rows[] {
  const { net, weights, oracle, x, y } = made, inputs = inputsOf(made);
  const samples = x.map((row, n) => sampleHessians(net, oracle, weights(), row, y[n], mode));
  return inputs.map((rows, t) => {
    const blocks = samples.map((hessians, n) => kronecker(hessians[t], outer(rows[n], rows[n])));
    return blocks[0].map((row, i) =>
      row.map((_, j) => blocks.reduce((sum, block) => sum + block[i][j], 0) / x.length)
    );
  });
}

function blockOf(matrix: Rows, offset: number, size: number): Rows {
  return matrix.slice(offset, offset + size).map((row) => row.slice(offset, offset + size));
}

function spread(rows: Rows): number {
  return Math.max(...rows.flat().map(Math.abs), Number.MIN_VALUE);
}

test("preActivationHessians() is the oracle's recursion for every sample, criterion and projection", () => {
  forEachCase((made, name) => {
    const { lin, net, weights, oracle, x, y } = made;
    for (const projection of MODES) {
      using found = preActivationHessians(lin, { projection });
      for (const [n, row] of x.entries()) {
        const expected = sampleHessians(net, oracle, weights(), row, y[n], projection);
        for (const [t, site] of found.sites.entries()) {
          const bound = RECURSION_BOUND[site.dtype];
          allNear(matricesOf(site)[n].flat(), expected[t].flat(), bound, `${name}, ${projection}`);
        }
      }
    }
  });
});

test("positiveCurvatureHessian() takes the means that each expectation names", () => {
  forEachCase(({ lin, net, weights, oracle, x, y }, name) => {
    for (const projection of MODES) {
      for (const expectation of ["mean", "second-moment"] as const) {
        using found = positiveCurvatureHessian(lin, { projection, expectation });
        const expected = meanHessians(net, oracle, weights(), x, y, projection, expectation);
        for (const [t, h] of found.hessians.entries()) {
          const what = `${name}, ${projection}, ${expectation}, site ${t}`;
          allNear(h.data, expected[t].flat(), RECURSION_BOUND[h.dtype], what);
        }
      }
    }
  });
});

test("without projection the samples' blocks are the diagonal blocks of the oracle's Hessian", () => {
  for (const activation of ["tanh", "sigmoid", "softplus"] as const) {
    for (const criterion of CRITERIA) {
      using made = caseOf({ criterion, layers: chainOf(activation) });
      const { net, oracle, x, y, model } = made;
      const gradient = (theta: number[]): number[] =>
        flatten(evaluate(net, oracle, unflatten(net, theta), x, y).gradient);
      const full = centralDifferences(model.parameters.data, gradient, DIFFERENCE_STEP);
      using product = exactPositiveCurvature(made.lin, { projection: "none" });
      const dense = denseOf(product);
      for (const [t, expected] of exactBlocks(made, "none").entries()) {
        const { offset, weight: { size } } = model.sites[t];
        const numeric = blockOf(full, offset, size).flat();
        allNear(expected.flat(), numeric, DIFFERENCE_BOUND, `${activation}, ${criterion}`);
        allNear(blockOf(dense, offset, size).flat(), numeric, DIFFERENCE_BOUND, "the product");
      }
    }
  }
});

test("exactPositiveCurvature() is the mean of the samples' blocks, and nothing between sites", () => {
  for (const dtype of DTYPES) {
    for (const criterion of ["softmaxIndices", "welsch", "zeroOneIndices"] as const) {
      using made = caseOf({ dtype, criterion });
      for (const projection of MODES) {
        using operator = exactPositiveCurvature(made.lin, { projection });
        const dense = denseOf(operator);
        for (const [t, expected] of exactBlocks(made, projection).entries()) {
          const { offset, weight: { size } } = made.model.sites[t];
          const rows = dense.slice(offset, offset + size);
          allNear(blockOf(dense, offset, size).flat(), expected.flat(), RECURSION_BOUND[dtype]);
          const outside = rows.map((row) => [...row.slice(0, offset), ...row.slice(offset + size)]);
          equal(spread(outside), Number.MIN_VALUE, "between sites");
        }
      }
    }
  }
});

test("exactPositiveCurvature() has the diagonal blocks of hessian() and of gaussNewton()", () => {
  for (const dtype of DTYPES) {
    using made = caseOf({ dtype });
    const { lin, model } = made, bound = RECURSION_BOUND[dtype];
    using none = exactPositiveCurvature(lin, { projection: "none" });
    using zero = exactPositiveCurvature(lin, { projection: "zero" });
    using gauss = gaussNewton(lin, { blocks: "site" });
    allNear(denseOf(zero).flat(), denseOf(gauss).flat(), bound, "Gauss-Newton");
    const [full, own] = [denseOf(hessian(lin)), denseOf(none)];
    for (const { offset, weight: { size } } of model.sites) {
      allNear(blockOf(own, offset, size).flat(), blockOf(full, offset, size).flat(), bound);
    }
  }
});

test("H ⪯ clip ⪯ abs and Gauss-Newton ⪯ clip at every site and sample; projected ones are semidefinite", () => {
  forEachCase(({ lin }, name) => {
    const [none, zero, clip, abs] = MODES.map((projection) => {
      using found = preActivationHessians(lin, { projection });
      return found.sites.map(matricesOf);
    });
    for (const [t, samples] of abs.entries()) {
      for (const [n, largest] of samples.entries()) {
        const slack = orderSlack(lin.output.dtype) * spread(largest);
        const above = (a: Rows, b: Rows, what: string): void => {
          const smallest = smallestEigenvalue(difference(a, b));
          ok(smallest >= -slack, `${name}, site ${t}, ${what}: ${smallest}`);
        };
        const nothing = largest.map((row) => row.map(() => 0));
        above(clip[t][n], none[t][n], "H ⪯ clip");
        above(largest, clip[t][n], "clip ⪯ abs");
        above(clip[t][n], zero[t][n], "Gauss-Newton ⪯ clip");
        for (const each of [zero, clip, abs]) above(each[t][n], nothing, "semidefinite");
      }
    }
  });
});

test("the approximation is semidefinite too, with either expectation", () => {
  forEachCase(({ lin }, name) => {
    for (const projection of ["zero", "clip", "abs"] as const) {
      for (const expectation of ["mean", "second-moment"] as const) {
        using found = positiveCurvatureHessian(lin, { projection, expectation });
        for (const h of found.hessians) {
          const rows = h.toArray() as Rows, slack = orderSlack(h.dtype) * spread(rows);
          ok(smallestEigenvalue(rows) >= -slack, `${name}, ${projection}, ${expectation}`);
        }
      }
    }
  });
});

test("for one sample, or copies of one, the approximation is exact and the mean input is enough", () => {
  const cases: CaseOptions[] = [{ batchSize: 1 }, { batchSize: 5, copies: true }];
  for (const dtype of DTYPES) {
    for (const criterion of CRITERIA) {
      for (const options of cases) {
        using made = caseOf({ ...options, dtype, criterion });
        for (const projection of MODES) {
          using samples = preActivationHessians(made.lin, { projection });
          for (const expectation of ["mean", "second-moment"] as const) {
            const joint = { projection, expectation, bias: "joint" } as const;
            using mean = positiveCurvatureHessian(made.lin, joint);
            using moment = positiveCurvatureHessian(made.lin, {
              ...joint,
              inputs: "second-moment",
            });
            for (const [t, h] of mean.hessians.entries()) {
              const exact = matricesOf(samples.sites[t])[0].flat();
              allNear(h.data, exact, RECURSION_BOUND[dtype], `${criterion}, ${projection}`);
            }
            allNear(denseOf(mean).flat(), denseOf(moment).flat(), RECURSION_BOUND[dtype]);
          }
        }
      }
    }
  }
});

test("for a linear network and the squared error the blocks with second moments are the Hessian's", () => {
  for (const dtype of DTYPES) {
    using made = caseOf({ dtype, criterion: "squaredError", layers: chainOf(undefined) });
    using found = positiveCurvatureHessian(made.lin, { inputs: "second-moment", bias: "joint" });
    const full = denseOf(hessian(made.lin));
    for (const [t, { offset, weight: { size } }] of made.model.sites.entries()) {
      const expected = blockOf(full, offset, size).flat();
      allNear(denseOf(found.blocks[t]).flat(), expected, RECURSION_BOUND[dtype], `site ${t}`);
    }
  }
});

test("what the mean input drops is H̄ ⊗ Cov(h), which is semidefinite", () => {
  for (const dtype of DTYPES) {
    using made = caseOf({ dtype });
    using mean = positiveCurvatureHessian(made.lin, { bias: "joint" });
    const second = { bias: "joint", inputs: "second-moment" } as const;
    using moment = positiveCurvatureHessian(made.lin, second);
    for (const [t, rows] of inputsOf(made).entries()) {
      const average = columnMeans(rows);
      const covariance = difference(secondMoment(rows), outer(average, average));
      const h = mean.hessians[t].toArray() as Rows;
      const drop = difference(denseOf(moment.blocks[t]), denseOf(mean.blocks[t]));
      const bound = RECURSION_BOUND[dtype] * spread(denseOf(moment.blocks[t]));
      for (const [i, value] of kronecker(h, covariance).flat().entries()) {
        near(drop.flat()[i], value, bound, `site ${t}`);
      }
      ok(smallestEigenvalue(drop) >= -bound, `site ${t} is semidefinite`);
    }
  }
});

test("clip, abs and zero are the same bits where no activation bends and the criterion is convex", () => {
  for (const activation of ["relu", undefined] as const) {
    using made = caseOf({ dtype: "float32", layers: chainOf(activation) });
    const [zero, clip, abs] = (["zero", "clip", "abs"] as const).map((projection) => {
      using found = positiveCurvatureHessian(made.lin, { projection });
      return found.hessians.map((h) => [...h.data]);
    });
    equal(clip, zero);
    equal(abs, zero);
  }
});

test("every block is the Kronecker product of its factors, row by row, with the bias apart or joint", () => {
  for (const dtype of DTYPES) {
    using made = caseOf({ dtype });
    const all = inputsOf(made);
    for (const inputs of ["mean", "second-moment"] as const) {
      for (const bias of ["separate", "joint"] as const) {
        using found = positiveCurvatureHessian(made.lin, { inputs, bias });
        const whole = denseOf(found);
        for (const [t, rows] of all.entries()) {
          const mean = columnMeans(rows), last = mean.length - 1;
          const factor = (inputs === "mean" ? outer(mean, mean) : secondMoment(rows)).map((
            row,
            i,
          ) => row.map((x, j) => bias === "separate" && (i === last) !== (j === last) ? 0 : x));
          const expected = kronecker(found.hessians[t].toArray() as Rows, factor).flat();
          const { offset, weight: { size } } = made.model.sites[t];
          allNear(denseOf(found.blocks[t]).flat(), expected, identityBound(dtype), `site ${t}`);
          allNear(blockOf(whole, offset, size).flat(), expected, identityBound(dtype), "the whole");
        }
      }
    }
  }
});

test("kroneckerGram() of all rows is the block with second moments, which is never formed", () => {
  for (const dtype of DTYPES) {
    using made = caseOf({ dtype });
    const { lin } = made;
    const second = { inputs: "second-moment", bias: "joint" } as const;
    using stored = positiveCurvatureHessian(lin, second);
    for (const [t, { inputs }] of lin.sites.entries()) {
      using implicit = kroneckerGram(stored.hessians[t], inputs, 1 / lin.batchSize);
      allNear(denseOf(implicit).flat(), denseOf(stored.blocks[t]).flat(), identityBound(dtype));
    }
  }
});

test("the mean Hessian of the softmax cross-entropy gives nothing along (1, …, 1)", () => {
  for (const dtype of DTYPES) {
    using made = caseOf({ dtype });
    using found = positiveCurvatureHessian(made.lin);
    const rows = found.hessians[2].toArray() as Rows;
    for (const row of rows) near(row.reduce((sum, x) => sum + x, 0), 0, orderSlack(dtype));
  }
});

test("wide sites, whose products are made in panels, have the oracle's Hessians too", () => {
  const layers = [{ units: 261, activation: "tanh" }, { units: 3 }] as const;
  using made = caseOf({ layers, batchSize: 2 });
  const { lin, net, weights, oracle, x, y } = made;
  for (const expectation of ["mean", "second-moment"] as const) {
    using found = positiveCurvatureHessian(lin, { expectation });
    const [expected] = meanHessians(net, oracle, weights(), x, y, "abs", expectation);
    allNear(found.hessians[0].data, expected.flat(), RECURSION_BOUND.float64, expectation);
  }
});
