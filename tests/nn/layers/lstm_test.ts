// LSTMs beside their brute-force oracle: values, sites, Jacobian, gradient, Gauss-Newton matrix.
import {
  type DType,
  gaussNewton,
  type Linearization,
  type Model,
  softmaxCrossEntropy,
  squaredError,
  type Tensor,
  tensor,
} from "../../../mod.ts";
import { allNear, equal, near } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { adjointBound, identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf } from "../../_support/twins.ts";
import * as oracle from "../../oracles/loss_derivatives.ts";
import { apply, dot, type Rows, transpose } from "../../oracles/matrices.ts";
import { evaluateLstm, LSTMS, modelOf, sequences, STEPS } from "../_lstms.ts";
import { inner } from "../_bound_layer.ts";

const LOSSES = {
  squaredError: [squaredError(), oracle.SQUARED_ERROR],
  softmaxCrossEntropy: [softmaxCrossEntropy(), oracle.SOFTMAX_CROSS_ENTROPY],
} as const;

interface Case {
  readonly what: string;
  readonly dtype: DType;
  readonly model: Model;
  readonly lin: Linearization;
  readonly expected: ReturnType<typeof evaluateLstm>;
}

function forEachCase(body: (found: Case) => void): void {
  for (const dtype of DTYPES) {
    for (const [name, net] of Object.entries(LSTMS)) {
      for (const [lossName, [loss, lossOracle]] of Object.entries(LOSSES)) {
        for (const samples of [1, 3]) {
          using model = modelOf(net, dtype);
          const x = sequences(1, samples, net);
          const rows = net.lastStep ? 1 : STEPS;
          const y = x.map((_, n) =>
            randomRows(20 + n, rows, net.outputs).map((row) => row.map(Math.abs))
          );
          using input = tensor(x, { dtype });
          using targets = tensorOf(y.flat(), dtype);
          const target = targets.view([samples, ...model.output]);
          using lin = model.linearize(loss, { input, target });
          const expected = evaluateLstm(net, lossOracle, model.parameters.data, x, y);
          const what = `${name}, ${lossName}, B ${samples}, ${dtype}`;
          body({ what, dtype, model, lin, expected });
        }
      }
    }
  }
}

test("an LSTM's loss, outputs and gradient are those of the oracle", () => {
  forEachCase(({ what, dtype, lin, expected }) => {
    const bound = identityBound(dtype);
    near(lin.loss, expected.loss, bound * expected.loss, `loss, ${what}`);
    allNear(lin.output.data, expected.outputs.flat(), bound, `outputs, ${what}`);
    using gradient = lin.gradient();
    allNear(gradient.data, expected.gradient, bound, `gradient, ${what}`);
  });
});

test("an LSTM's site hands out [x_t | h_{t-1} | 1], pre-activations and their gradients, sample by sample", () => {
  forEachCase(({ what, dtype, model, lin, expected }) => {
    const bound = identityBound(dtype);
    equal(model.sites[0].name, "lstm_1");
    for (const [i, site] of lin.sites.entries()) {
      const { inputs, outputs, outputGradients } = expected.sites[i];
      allNear(site.inputs.toArray().flat(), inputs.flat(), bound, `${site.name} A, ${what}`);
      allNear(site.outputs.data, outputs.flat(), bound, `${site.name} Z, ${what}`);
      allNear(site.outputGradients.data, outputGradients.flat(), bound, `${site.name} G, ${what}`);
      equal([site.outputs.shape[0], site.hasBias], [inputs.length, true]);
    }
  });
});

test("Jacobian products of an LSTM are those of the oracle's Jacobian, and adjoint", () => {
  forEachCase(({ what, dtype, model, lin, expected: { jacobian } }) => {
    using v = randomVector(3, model.parameterCount, dtype);
    using u = randomVector(4, lin.output.size, dtype);
    using jv = lin.jvp(v);
    using ju = lin.vjp(u.view(lin.output.shape));
    const bound = identityBound(dtype);
    allNear(jv.data, apply(jacobian, [...v.data]), bound, `J v, ${what}`);
    allNear(ju.data, apply(transpose(jacobian), [...u.data]), bound, `Jᵀ u, ${what}`);
    const slack = adjointBound(model.parameterCount, dtype) * length(u) * length(jv);
    near(inner(u.data, jv.data), inner(ju.data, v.data), slack, `adjoint, ${what}`);
  });
});

test("the Gauss-Newton matrix of an LSTM is the mean of Jᵀ H J, full and by sites", () => {
  forEachCase(({ what, dtype, model, lin, expected }) => {
    const full = expected.gaussNewton();
    using v = randomVector(5, model.parameterCount, dtype);
    const direction = [...v.data];
    for (const blocks of ["full", "site"] as const) {
      using operator = gaussNewton(lin, { blocks });
      using product = operator.apply(v);
      const matrix = blocks === "full" ? full : bySite(model, full);
      const largest = Math.max(...matrix.flat().map(Math.abs));
      const slack = identityBound(dtype) * largest * Math.sqrt(dot(direction, direction));
      apply(matrix, direction).forEach((value, i) =>
        near(product.data[i], value, slack, `${blocks} ${i}, ${what}`)
      );
    }
  });
});

const length = (t: Tensor): number => Math.sqrt(inner(t.data, t.data));

/** The matrix with zeros outside the sites' blocks. */
function bySite({ sites }: Model, matrix: Rows): Rows {
  const owner = (place: number): number => sites.findLastIndex(({ offset }) => offset <= place);
  return matrix.map((row, i) => row.map((value, j) => owner(i) === owner(j) ? value : 0));
}
