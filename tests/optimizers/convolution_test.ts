// Methods take convolutions as they take any affine site: with patches in memory they do the same.
import {
  conv2d,
  dense,
  type DType,
  flatten,
  kBfgs,
  kfac,
  type Layer,
  maxPool2d,
  type Model,
  type Optimizer,
  sequential,
  softmaxCrossEntropy,
  tanh,
  tensor,
} from "../../mod.ts";
import { homogeneous, matrix } from "../../linalg.ts";
import type { BindContext, BoundLayer } from "../../layers.ts";
import { allNear, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { FLOAT32_TRAJECTORY_BOUND, TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";

const INPUT = [6, 6, 2];
const CLASSES = 3;
const BATCH_SIZE = 8;
const STEPS = 8;

const METHODS: Readonly<Record<string, () => Optimizer>> = {
  "kBfgs": () => kBfgs({ learningRate: 0.1 }),
  "kBfgs 2020": () => kBfgs({ learningRate: 0.1, mode: "2020" }),
  "kBfgs with memory": () => kBfgs({ learningRate: 0.1, memory: 5 }),
  "kfac": () => kfac({ learningRate: 0.1, damping: 0.1 }),
};

/** A layer whose site hands out its patches from memory. */
function withPatchesInMemory(layer: Layer): Layer {
  const bind = (context: BindContext): BoundLayer => {
    const bound = layer.bind(context);
    const [{ inputs, outputs }] = bound.sites;
    const held = context.buffer([inputs.rows, inputs.heldColumns], "patches");
    return {
      output: bound.output,
      sites: [{ inputs: inputs.hasOnes ? homogeneous(held) : matrix(held), outputs }],
      forward: () => {
        const rows = inputs.toArray().map((row) => row.slice(0, inputs.heldColumns));
        held.data.set(rows.flat());
        bound.forward();
      },
      reverse: (sweep) => bound.reverse(sweep),
      tangent: (sweep) => bound.tangent(sweep),
      secondOrder: (sweep) => bound.secondOrder(sweep),
    };
  };
  return { ...layer, bind };
}

function convnet(dtype: DType, wrap: (layer: Layer) => Layer): Model {
  return sequential({ input: INPUT, seed: 4, dtype }, [
    wrap(conv2d(4, { kernel: 3, padding: "same", stride: 2 })),
    tanh(),
    wrap(conv2d(5, { kernel: 2, padding: 1, bias: false })),
    maxPool2d(2),
    flatten(),
    dense(CLASSES),
  ]);
}

/** Losses of some steps on one batch; the parameters stay where they end. */
function train(model: Model, optimizer: Optimizer): number[] {
  const { dtype } = model;
  using images = tensorOf(randomRows(5, BATCH_SIZE, 72), dtype);
  const classes = Array.from({ length: BATCH_SIZE }, (_, i) => i % CLASSES);
  using target = tensor(classes, { dtype });
  const batch = { input: images.view([BATCH_SIZE, ...INPUT]), target };
  const loss = softmaxCrossEntropy();
  using state = optimizer.init(model, { loss, warmStart: [batch] });
  return Array.from({ length: STEPS }, () => optimizer.step(state, { model, loss, batch }).loss);
}

for (const [name, method] of Object.entries(METHODS)) {
  test(`${name} learns a convnet, with the steps that patches in memory give`, () => {
    for (const dtype of DTYPES) {
      using model = convnet(dtype, (layer) => layer);
      using twin = convnet(dtype, withPatchesInMemory);
      using again = convnet(dtype, (layer) => layer);
      const losses = train(model, method());
      train(twin, method());
      train(again, method());
      ok(losses[STEPS - 1] < losses[0], `${dtype}: losses ${losses}`);
      const bound = dtype === "float64" ? TRAJECTORY_BOUND : FLOAT32_TRAJECTORY_BOUND;
      allNear(model.parameters.data, twin.parameters.data, bound, dtype);
      allNear(model.parameters.data, again.parameters.data, 0, `${dtype}, again`);
    }
  });
}
