// Operators, estimators, solvers.
import * as api from "../../_support/api.ts";
import { type Scope, tensor } from "../../../mod.ts";
import type { LinearOperator } from "../../../operators.ts";
import type { Example, Examples } from "../_example.ts";
import { problem } from "./nn.ts";

const key = api.randomKey(1);
const positive = { isSymmetric: true, isPositiveSemidefinite: true };

const square = (scope: Scope) => scope.own(tensor([[4, 1], [1, 3]]));
const vector = (scope: Scope) => scope.own(tensor([1, 2]));
const operator = (scope: Scope) => scope.own(api.denseOperator(square(scope), positive));
const kroneckerOf = (scope: Scope) =>
  scope.own(api.kronecker(square(scope), square(scope), positive));

function linearized(scope: Scope): api.Linearization {
  const { model, input, target } = problem(scope);
  return scope.own(model.linearize(api.squaredError(), { input, target }));
}

/** An operator of its own kind. */
class Nothing extends api.LinearOperator {
  protected override multiply(): void {}
}

const system = {
  tolerance: 0.5,
  absoluteTolerance: 0.5,
  maxIterations: 4,
  signal: new AbortController().signal,
  history: true,
};

const methods = (scope: Scope): readonly LinearOperator[] => [
  operator(scope),
  scope.own(api.diagonal(vector(scope))),
  scope.own(operator(scope).add(0.5)),
];

function operatorMethod(
  method: "apply" | "applyTranspose",
  index: number,
): (scope: Scope) => Example {
  return (scope) => {
    const op = methods(scope)[index], [v, out] = [vector(scope), vector(scope)];
    return {
      args: [v, out],
      call: (...args: Parameters<typeof op.apply>) => void op[method](...args),
      overlapping: { "1": [v] },
    };
  };
}

export const LINALG_EXAMPLES: Examples = {
  "LinearOperator.apply of denseOperator()": operatorMethod("apply", 0),
  "LinearOperator.applyTranspose of denseOperator()": operatorMethod("applyTranspose", 0),
  "LinearOperator.apply of diagonal()": operatorMethod("apply", 1),
  "LinearOperator.applyTranspose of A + λI": operatorMethod("applyTranspose", 2),
  "LinearMap.apply": operatorMethod("apply", 0),
  "LinearMap.applyTranspose": operatorMethod("applyTranspose", 0),
  "LinearOperator.toDense": (scope) => {
    const op = operator(scope);
    return { args: [square(scope)], call: (out: api.Tensor) => void op.toDense(out) };
  },
  "LinearOperator.add": (scope) => {
    const op = operator(scope);
    return { args: [0.25], call: (lambda: number) => op.add(lambda) };
  },
  "LinearOperator.scale": (scope) => {
    const op = operator(scope);
    return { args: [0.25], call: (factor: number) => op.scale(factor) };
  },
  "DiagonalOperator.power": (scope) => {
    const op = scope.own(api.diagonal(vector(scope), positive));
    return { args: [-0.5], call: (exponent: number) => op.power(exponent) };
  },
  "KroneckerOperator.power": (scope) => {
    const op = kroneckerOf(scope);
    return { args: [-0.5], call: (exponent: number) => op.power(exponent) };
  },
  "KroneckerOperator.dampedInverse": (scope) => {
    const op = kroneckerOf(scope);
    return { args: [0.25], call: (lambda: number) => op.dampedInverse(lambda) };
  },
  "add": (scope) => ({ args: [operator(scope), operator(scope)], call: api.add }),
  "compose": (scope) => ({ args: [operator(scope), operator(scope), positive], call: api.compose }),
  "blockDiagonal": (scope) => ({
    args: [[operator(scope), operator(scope)]],
    call: api.blockDiagonal,
  }),
  "denseOperator": (scope) => ({ args: [square(scope), positive], call: api.denseOperator }),
  "diagonal": (scope) => ({ args: [vector(scope), positive], call: api.diagonal }),
  "kronecker": (scope) => ({
    args: [square(scope), square(scope), positive],
    call: api.kronecker,
  }),
  "identityOperator": () => ({ args: [3, { dtype: "float64" }], call: api.identityOperator }),
  "inverse": (scope) => ({ args: [operator(scope), api.cg], call: api.inverse }),
  "submatrix": (scope) => ({ args: [operator(scope), [1]], call: api.submatrix }),
  "linearOperator": () => ({
    args: [{
      ...positive,
      size: 2,
      dtype: "float32",
      apply: (v: api.Tensor, out: api.Tensor) => void out.data.set(v.data),
      applyTranspose: (v: api.Tensor, out: api.Tensor) => void out.data.set(v.data),
    }],
    call: api.linearOperator,
  }),
  "hutchPlusPlus": (scope) => ({
    args: [operator(scope), { products: 6, key }],
    call: api.hutchPlusPlus,
  }),
  "hutchinsonDiagonal": (scope) => ({
    args: [operator(scope), { samples: 4, key }],
    call: api.hutchinsonDiagonal,
  }),
  "hutchinsonTrace": (scope) => ({
    args: [operator(scope), { samples: 4, key }],
    call: api.hutchinsonTrace,
  }),
  "lanczos": (scope) => ({
    args: [operator(scope), { steps: 2, start: vector(scope) }],
    call: api.lanczos,
  }),
  "powerIteration": (scope) => ({
    args: [operator(scope), { key, tolerance: 0.25, maxIterations: 5 }],
    call: api.powerIteration,
  }),
  "stochasticLanczosQuadrature": (scope) => ({
    args: [operator(scope), { samples: 2, key, steps: 2 }],
    call: api.stochasticLanczosQuadrature,
  }),
  "martens": () => ({
    args: [{ tolerance: 0.25, share: 0.25, window: 3, minimumIterations: 2 }],
    call: api.martens,
  }),
  "minres": (scope) => ({
    args: [operator(scope), vector(scope), {
      ...system,
      x0: vector(scope),
      preconditioner: operator(scope),
    }],
    call: api.minres,
  }),
  "lsmr": (scope) => ({
    args: [operator(scope), vector(scope), {
      ...system,
      x0: vector(scope),
      damping: 0.5,
      normalTolerance: 0.25,
    }],
    call: api.lsmr,
  }),
  "cgInPlace": (scope) => ({
    args: [
      scope.own(new api.CgWorkspace(vector(scope))),
      operator(scope),
      vector(scope),
      { ...system, x0: vector(scope) },
    ],
    call: (...args: Parameters<typeof api.cgInPlace>) => void api.cgInPlace(...args),
  }),
  "minresInPlace": (scope) => ({
    args: [
      scope.own(new api.MinresWorkspace(vector(scope))),
      operator(scope),
      vector(scope),
      { ...system, x0: vector(scope), preconditioner: operator(scope) },
    ],
    call: (...args: Parameters<typeof api.minresInPlace>) => void api.minresInPlace(...args),
  }),
  "lsmrInPlace": (scope) => ({
    args: [
      scope.own(new api.LsmrWorkspace(operator(scope), { isDamped: true })),
      operator(scope),
      vector(scope),
      { ...system, x0: vector(scope), damping: 0.5, normalTolerance: 0.25 },
    ],
    call: (...args: Parameters<typeof api.lsmrInPlace>) => void api.lsmrInPlace(...args),
  }),
  "directInPlace": (scope) => ({
    args: [
      scope.own(new api.DirectWorkspace(vector(scope))),
      operator(scope),
      vector(scope),
      { tolerance: 0.5 },
    ],
    call: (...args: Parameters<typeof api.directInPlace>) => void api.directInPlace(...args),
  }),
  "new CgWorkspace": () => ({
    args: [{ size: 2, dtype: "float32" }, { isPreconditioned: true, storedIterations: 9 }],
    call: (...args: ConstructorParameters<typeof api.CgWorkspace>) => new api.CgWorkspace(...args),
  }),
  "new MinresWorkspace": () => ({
    args: [{ size: 2, dtype: "float32" }, { isPreconditioned: true }],
    call: (...args: ConstructorParameters<typeof api.MinresWorkspace>) =>
      new api.MinresWorkspace(...args),
  }),
  "new DirectWorkspace": () => ({
    args: [{ size: 2, dtype: "float32" }],
    call: (system: api.SystemSize) => new api.DirectWorkspace(system),
  }),
  "new LsmrWorkspace": () => ({
    args: [{ rows: 2, columns: 3, dtype: "float32" }, { isDamped: true }],
    call: (...args: ConstructorParameters<typeof api.LsmrWorkspace>) =>
      new api.LsmrWorkspace(...args),
  }),
  "new DiagonalOperator": (scope) => ({
    args: [vector(scope), positive, false],
    call: (...args: ConstructorParameters<typeof api.DiagonalOperator>) =>
      new api.DiagonalOperator(...args),
  }),
  "new KroneckerGramOperator": (scope) => ({
    args: [square(scope), api.matrix(square(scope)), 0.5, positive],
    call: (...args: ConstructorParameters<typeof api.KroneckerGramOperator>) =>
      new api.KroneckerGramOperator(...args),
  }),
  "new KroneckerOperator": (scope) => ({
    args: [square(scope), square(scope), positive, false],
    call: (...args: ConstructorParameters<typeof api.KroneckerOperator>) =>
      new api.KroneckerOperator(...args),
  }),
  "new LinearOperator": () => ({
    args: [{ ...positive, size: 2, dtype: "float32" }],
    call: (description: api.OperatorDescription) => new Nothing(description),
  }),
  "accumulate": (scope) => {
    const { model, input, target } = problem(scope);
    const mean = { model, loss: api.squaredError(), batches: [{ input, target }] };
    const { signal } = new AbortController();
    return {
      args: [mean, (lin: api.Linearization) => api.gaussNewton(lin), { signal }],
      call: api.accumulate,
    };
  },
  "gaussNewton": (scope) => ({
    args: [linearized(scope), { blocks: "site", structuralDamping: 0 }],
    call: api.gaussNewton,
  }),
  "gaussNewtonMatrix": (scope) => ({
    args: [linearized(scope), { assembly: "nodewise", sampleWeights: [0.5, 1, 2], l2: 0.25 }],
    call: api.gaussNewtonMatrix,
  }),
  "jacobian": (scope) => ({ args: [linearized(scope), { sample: 1 }], call: api.jacobian }),
  "kroneckerCg": (scope) => {
    const op = scope.own(api.kroneckerGram(square(scope), api.matrix(scope.own(tensor([[1, 2]])))));
    const b = scope.own(tensor([[1, 2], [3, 4]]));
    const options = { alpha: 0.5, form: "compressed", tolerance: 0.5, maxIterations: 3 };
    return { args: [op, b, options], call: api.kroneckerCg };
  },
  "kroneckerGram": (scope) => ({
    args: [square(scope), api.matrix(square(scope)), 0.5, positive],
    call: api.kroneckerGram,
  }),
  "positiveCurvatureHessian": (scope) => ({
    args: [linearized(scope), {
      projection: "clip",
      expectation: "second-moment",
      inputs: "second-moment",
      bias: "joint",
    }],
    call: api.positiveCurvatureHessian,
  }),
  "preActivationHessians": (scope) => ({
    args: [linearized(scope), { projection: "clip" }],
    call: api.preActivationHessians,
  }),
  "exactPositiveCurvature": (scope) => ({
    args: [linearized(scope), { projection: "clip" }],
    call: api.exactPositiveCurvature,
  }),
  "empiricalFisher": (scope) => ({
    args: [linearized(scope), { blocks: [[0], [1]] }],
    call: api.empiricalFisher,
  }),
  "empiricalFisher of a partition": (scope) => ({
    args: [linearized(scope), { partition: [["dense_1"], ["dense_2"]] }],
    call: api.empiricalFisher,
  }),
  "fisher": (scope) => ({
    args: [linearized(scope), { blocks: "full", samples: 2, key }],
    call: api.fisher,
  }),
  "segments": (scope) => ({
    args: [linearized(scope), {
      conv: "filter",
      dense: "spatial",
      bias: "scalar",
      threshold: 1,
      channels: { dense_1: 1 },
      chunks: { size: 2, key },
      fisher: "sampled",
      key,
    }],
    call: (...args: Parameters<typeof api.segments>) => {
      const given = api.segments(...args);
      for (const { matrices } of given) scope.own(matrices);
      return given;
    },
  }),
  "hessian": (scope) => ({ args: [linearized(scope), { partition: 2 }], call: api.hessian }),
  "cg": (scope) => ({
    args: [operator(scope), vector(scope), {
      ...system,
      x0: vector(scope),
      preconditioner: operator(scope),
      stop: api.martens(),
      storeIterates: true,
      verifySymmetry: true,
    }],
    call: api.cg,
  }),
  "direct": (scope) => ({
    args: [operator(scope), vector(scope), { tolerance: 0.5, signal: system.signal }],
    call: api.direct,
  }),
};
