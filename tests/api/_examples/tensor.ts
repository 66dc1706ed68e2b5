// Tensors, random numbers, matrices, factorizations.
import * as api from "../../_support/api.ts";
import { type Scope, tensor } from "../../../mod.ts";
import { compiledModule } from "../../../src/runtime/module.ts";
import type { Examples } from "../_example.ts";

const key = api.randomKey(1, 2, 3);

const square = (scope: Scope) => scope.own(tensor([[4, 1], [1, 3]]));
const other = (scope: Scope) => scope.own(tensor([[1, 2], [3, 4]]));
const vector = (scope: Scope) => scope.own(tensor([1, 2]));

export const TENSOR_EXAMPLES: Examples = {
  "init": () => ({ args: [compiledModule()], call: api.init }),
  "cast": (scope) => ({ args: [square(scope), "float64"], call: api.cast }),
  "clone": (scope) => ({ args: [square(scope)], call: api.clone }),
  "digest": (scope) => ({ args: [square(scope)], call: api.digest }),
  "tensor": () => ({
    args: [[1, 2, 3, 4], { dtype: "float64", shape: [2, 2] }],
    call: api.tensor,
  }),
  "tensor of bytes": () => ({
    args: [new Uint8Array([1, 2]), { dtype: "float64", shape: [2] }],
    call: api.tensor,
  }),
  "zeros": () => ({ args: [[2, 3], { dtype: "float32" }], call: api.zeros }),
  "new Tensor": (scope) => ({
    args: ["float32", [2], square(scope), 1],
    call: (...args: ConstructorParameters<typeof api.Tensor>) => new api.Tensor(...args),
  }),
  "Tensor.view": (scope) => {
    const t = square(scope);
    return { args: [[2], 1], call: (...args: Parameters<typeof t.view>) => t.view(...args) };
  },
  "Scope.own": (scope) => ({
    args: [vector(scope)],
    call: (t: api.Tensor) => new api.Scope().own(t),
  }),
  "Scope.keep": (scope) => ({
    args: [vector(scope)],
    call: (t: api.Tensor) => new api.Scope().keep(t),
  }),
  "randomKey": () => ({ args: [1, 2, 3], call: api.randomKey }),
  "randomBits": () => ({ args: [key, 8], call: api.randomBits }),
  "permutation": () => ({ args: [key, 8], call: api.permutation }),
  "uniform": () => ({
    args: [key, [2, 3], { dtype: "float32", minimum: -0.25, maximum: 2 }],
    call: api.uniform,
  }),
  "normal": () => ({
    args: [key, [2, 3], { dtype: "float32", mean: 1, standardDeviation: 2 }],
    call: api.normal,
  }),
  "matmul": (scope) => {
    const [a, b, out] = [square(scope), other(scope), other(scope)];
    return {
      args: [a, b, { transposeA: true, transposeB: false, out }],
      call: api.matmul,
      overlapping: { "2.out": [a, b, b.view([2, 2])] },
    };
  },
  "matrix": (scope) => ({ args: [square(scope)], call: api.matrix }),
  "homogeneous": (scope) => ({ args: [square(scope)], call: api.homogeneous }),
  "new Matrix": (scope) => ({
    args: [square(scope), 2, 2, 2, false, true],
    call: (...args: ConstructorParameters<typeof api.Matrix>) => new api.Matrix(...args),
  }),
  "new Matrix of patches": (scope) => ({
    args: [scope.own(tensor([1, 2, 3, 4, 5, 6])), 2, 5, 0, true, false, {
      image: [2, 3],
      channels: 1,
      kernel: [2, 2],
      stride: [1, 1],
      offset: [0, 0],
      dilation: [1, 1],
      inputDilation: [1, 1],
      output: [1, 2],
    }],
    call: (...args: ConstructorParameters<typeof api.Matrix>) => new api.Matrix(...args),
  }),
  "cholesky": (scope) => ({ args: [square(scope)], call: api.cholesky }),
  "choleskySolve": (scope) => ({ args: [square(scope), vector(scope)], call: api.choleskySolve }),
  "new CholeskyFactor": (scope) => ({
    args: [square(scope)],
    call: (t: api.Tensor) => void new api.CholeskyFactor(t),
  }),
  "CholeskyFactor.solve": (scope) => {
    const factor = scope.own(api.cholesky(square(scope)));
    const wide = scope.own(tensor([1, 2, 3, 4]));
    const b = wide.view([2]);
    return {
      args: [b, vector(scope)],
      call: (...args: Parameters<typeof factor.solve>) => factor.solve(...args),
      overlapping: { "1": [wide.view([2], 1)] },
    };
  },
  "CholeskyFactor.inverse": (scope) => {
    const factor = scope.own(api.cholesky(square(scope)));
    return { args: [other(scope)], call: (out: api.Tensor) => factor.inverse(out) };
  },
  "eigh": (scope) => ({ args: [square(scope)], call: api.eigh }),
  "new Eigendecomposition": (scope) => ({
    args: [vector(scope), other(scope)],
    call: (...args: ConstructorParameters<typeof api.Eigendecomposition>) =>
      void new api.Eigendecomposition(...args),
  }),
};
