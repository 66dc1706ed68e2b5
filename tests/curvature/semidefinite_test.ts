// Gauss-Newton and Fisher matrices of every kind of network, on ten thousand vectors: symmetric, never negative.
import {
  concatenation,
  conv2d,
  dense,
  empiricalFisher,
  fisher,
  flatten,
  gaussNewton,
  lastStep,
  type Layer,
  layerNorm,
  type Linearization,
  lstm,
  maxPool2d,
  randomKey,
  relu,
  residual,
  sequential,
  softmaxCrossEntropy,
  tanh,
} from "../../mod.ts";
import type { LinearOperator } from "../../operators.ts";
import { dot, norm } from "../../src/ops/vector.ts";
import { near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { atScale } from "../_support/scale.ts";
import { fewRoundings } from "../_support/tolerance.ts";
import { randomRows, randomVector, tensorOf } from "../_support/twins.ts";

const [BATCH_SIZE, ELEMENTS, OUTPUTS] = [6, 32, 3];
const VECTORS = atScale(10_000, 100_000);

interface Network {
  readonly input: number[];
  readonly layers: () => Layer[];
}

const NETWORKS: readonly Network[] = [
  {
    input: [32],
    layers: () => [
      dense(6),
      tanh(),
      residual([dense(6), relu()]),
      concatenation([[], [dense(3), tanh()]]),
      dense(OUTPUTS),
    ],
  },
  {
    input: [4, 4, 2],
    layers: () => [
      conv2d(4, { kernel: 3, padding: 1 }),
      relu(),
      maxPool2d(2),
      flatten(),
      dense(OUTPUTS),
    ],
  },
  { input: [8, 4], layers: () => [lstm(4), layerNorm(), lstm(3), lastStep(), dense(OUTPUTS)] },
];

const OPERATORS: readonly ((lin: Linearization) => LinearOperator)[] = [
  (lin) => gaussNewton(lin),
  (lin) => gaussNewton(lin, { blocks: "site" }),
  (lin) => empiricalFisher(lin),
  (lin) => fisher(lin, { samples: 2, key: randomKey(1) }),
];

test("uᵀA v = vᵀA u and vᵀA v ≥ 0 to 16 roundings of |u| |A v|, in float32", () => {
  const bound = fewRoundings("float32");
  let vectors = 0;
  const pairs = Math.ceil(VECTORS / (2 * NETWORKS.length * OPERATORS.length));
  for (const { input: shape, layers } of NETWORKS) {
    using model = sequential({ input: shape, seed: 2 }, layers());
    using rows = tensorOf(randomRows(1, BATCH_SIZE, ELEMENTS), "float32");
    using target = tensorOf(
      randomRows(2, BATCH_SIZE, OUTPUTS).map((y) => y.map(Math.abs)),
      "float32",
    );
    const input = rows.view([BATCH_SIZE, ...shape]);
    using lin = model.linearize(softmaxCrossEntropy(), { input, target });
    for (const [k, operatorOf] of OPERATORS.entries()) {
      using operator = operatorOf(lin);
      for (let i = 0; i < pairs; i++) {
        using u = randomVector(2 * i, model.parameterCount, "float32");
        using v = randomVector(2 * i + 1, model.parameterCount, "float32");
        using au = operator.apply(u), av = operator.apply(v);
        near(dot(u, av), dot(v, au), bound * (norm(u) * norm(av)), `operator ${k}, pair ${i}`);
        for (const [x, ax] of [[u, au], [v, av]]) {
          ok(dot(x, ax) >= -bound * norm(x) * norm(ax), `operator ${k}, pair ${i}: negative`);
        }
        vectors += 2;
      }
    }
  }
  ok(vectors >= VECTORS, `${vectors} vectors`);
});
