// Systems A x = b of every kind that a solver meets, each from a seed.
import type { DType } from "../../src/runtime/dtype.ts";
import type { LinearOperator } from "../../src/linalg/operator.ts";
import { denseOperator } from "../../src/linalg/operators/dense_operator.ts";
import { linearOperator } from "../../src/linalg/linear_operator.ts";
import { diagonal } from "../../src/linalg/operators/diagonal.ts";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { square, times } from "../oracles/dense_algebra.ts";
import { uniform, withEigenvalues } from "../oracles/symmetric_matrices.ts";

/** A system, with what belongs to it. */
export interface System {
  readonly name: string;
  readonly op: LinearOperator;
  /** The same without failures. */
  readonly truth: LinearOperator;
  readonly b: Tensor;
  readonly x0?: Tensor;
  readonly preconditioner?: LinearOperator;
  dispose(): void;
}

interface Ingredients {
  readonly n: number;
  readonly seed: number;
  readonly dtype: DType;
  readonly next: () => number;
}

interface Draft {
  readonly a: ArrayLike<number>;
  readonly b: readonly number[];
  readonly x0?: readonly number[];
  readonly m?: readonly number[];
  readonly lies?: boolean;
  readonly failsAt?: number;
}

type Kind = (parts: Ingredients) => Draft;

function vector({ n, next }: Ingredients): number[] {
  return Array.from({ length: n }, next);
}

/** Eigenvalues from 1 down to 10^-decades. */
function decades(n: number, count: number): number[] {
  return Array.from({ length: n }, (_, i) => 10 ** (n > 1 ? -count * i / (n - 1) : 0));
}

function definite(count: number): Kind {
  return (parts) => ({
    a: withEigenvalues(decades(parts.n, count), parts.seed),
    b: vector(parts),
  });
}

function singular({ n, seed }: Ingredients): Float64Array {
  return withEigenvalues(decades(n, 2).map((x, i) => i % 3 === 0 ? 0 : x), seed);
}

const well: Kind = definite(2);

/** The kinds, by name. */
export const KINDS: Readonly<Record<string, Kind>> = {
  "condition 1": definite(0),
  "condition 1e2": well,
  "condition 1e4": definite(4),
  "condition 1e6": definite(6),
  "condition 1e8": definite(8),
  "condition 1e10": definite(10),
  "condition 1e12": definite(12),
  "singular, consistent": (parts) => {
    const a = singular(parts);
    return { a, b: times(square(a), vector(parts)) };
  },
  "singular, inconsistent": (parts) => ({ a: singular(parts), b: vector(parts) }),
  "indefinite": (parts) => ({
    a: withEigenvalues(decades(parts.n, 1).map((x, i) => i % 2 ? -x : x), parts.seed),
    b: vector(parts),
  }),
  "negative definite": (parts) => ({
    a: withEigenvalues(decades(parts.n, 2).map((x) => -x), parts.seed),
    b: vector(parts),
  }),
  "zero operator": (parts) => ({ a: new Float64Array(parts.n * parts.n), b: vector(parts) }),
  "b = 0": (parts) => ({
    ...well(parts),
    b: vector(parts).map(() => 0),
    x0: vector(parts),
  }),
  "exact start": (parts) => {
    const { a } = well(parts), x0 = vector(parts).map(Math.fround);
    return { a, b: times(square(a), x0), x0 };
  },
  "far start": (parts) => ({ ...well(parts), x0: vector(parts).map((x) => 1e6 * x) }),
  "not a number": (parts) => ({ ...definite(4)(parts), failsAt: 1 + parts.seed % 5 }),
  "lies about symmetry": (parts) => ({
    a: Array.from({ length: parts.n * parts.n }, parts.next),
    b: vector(parts),
    lies: true,
  }),
  "preconditioner": (parts) => ({ ...well(parts), m: vector(parts).map((x) => 1.5 + x) }),
  "preconditioner not positive": (parts) => ({ ...well(parts), m: vector(parts) }),
  "huge": (parts) => ({
    a: withEigenvalues(decades(parts.n, 2).map((x) => 1e18 * x), parts.seed),
    b: vector(parts).map((x) => 1e30 * x),
  }),
  "tiny": (parts) => ({
    a: withEigenvalues(decades(parts.n, 2).map((x) => 1e-25 * x), parts.seed),
    b: vector(parts).map((x) => 1e20 * x),
  }),
};

/** Makes the system of a kind, order, seed and dtype. */
export function system(name: string, n: number, seed: number, dtype: DType): System {
  const draft = KINDS[name]({ n, seed, dtype, next: uniform(seed + 1000) });
  const owned: Tensor[] = [];
  const own = (data: ArrayLike<number>, shape: number[]): Tensor => {
    const made = tensor(Float64Array.from(data), { dtype, shape });
    owned.push(made);
    return made;
  };
  const stored = own(draft.a, [n, n]);
  if (!draft.lies) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) stored.data[j * n + i] = stored.data[i * n + j];
    }
  }
  const dense = denseOperator(stored, { isSymmetric: true });
  let calls = 0;
  const failing = (v: Tensor, out: Tensor): void => {
    dense.apply(v, out);
    if (++calls === draft.failsAt) out.data[calls % n] = NaN;
  };
  return {
    name: `${name}, n = ${n}, seed ${seed}, ${dtype}`,
    op: draft.failsAt
      ? linearOperator({ size: n, dtype, isSymmetric: true, apply: failing })
      : dense,
    truth: dense,
    b: own(draft.b, [n]),
    ...(draft.x0 && { x0: own(draft.x0, [n]) }),
    ...(draft.m && { preconditioner: diagonal(own(draft.m, [n])) }),
    dispose: () => owned.forEach((t) => t.dispose()),
  };
}
