// A dense and a convolutional network whose derivatives an independent numpy implementation gave to 12
// digits. The rule: parameter k = sin(k + 1) / 2, tangent k = cos(k + 1), input k = sin(0.7 (k + 1)), in the
// order of weights (outputs, channels, rows, columns), then biases, layer by layer; images channels-first.
import {
  cg,
  conv2d,
  dense,
  flatten,
  gaussNewton,
  type Linearization,
  type Loss,
  maxPool2d,
  type Model,
  sequential,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  softplus,
  tanh,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";
import { direct } from "../../solvers.ts";
import { type LinearOperator, linearOperator } from "../../operators.ts";
import { axpy, dot, norm } from "../../src/ops/vector.ts";
import { allNear, near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { GOLDEN_DIGITS } from "../_support/tolerance.ts";
import golden from "./golden_networks.json" with { type: "json" };

const dtype = "float64";

/** Where element (output, input) of a layer's weights lies; input -1 is the bias. */
type Place = (output: number, input: number) => number;

interface GoldenNetwork {
  readonly model: Model;
  readonly loss: Loss;
  readonly input: Tensor;
  readonly target: Tensor;
  /** Our place of each parameter of the rule. */
  readonly places: readonly number[];
}

/** Parameters of one layer in the order of the rule. */
function placesOf(offset: number, outputs: number, inputs: number, column: Place): number[] {
  const row = (o: number): number => offset + o * (inputs + 1);
  const units = Array.from({ length: outputs }, (_, o) => o);
  return [
    ...units.flatMap((o) => Array.from({ length: inputs }, (_, i) => row(o) + column(o, i))),
    ...units.map((o) => row(o) + inputs),
  ];
}

const same: Place = (_, i) => i;

/** Channels-first (channel, position) to channels-last. */
function channelsLast(channels: number, positions: number): Place {
  return (_, i) => i % positions * channels + Math.floor(i / positions);
}

function mlp(): GoldenNetwork {
  const model = sequential({ input: [3], dtype }, [dense(4), tanh(), dense(3)]);
  const values = Array.from({ length: 6 }, (_, k) => Math.sin(0.7 * (k + 1)));
  return {
    model,
    loss: softmaxCrossEntropy(),
    input: tensor(values, { shape: [2, 3], dtype }),
    target: tensor([0, 2], { dtype }),
    places: [...placesOf(0, 4, 3, same), ...placesOf(16, 3, 4, same)],
  };
}

function convnet(): GoldenNetwork {
  const model = sequential({ input: [5, 5, 2], dtype }, [
    conv2d(2, { kernel: 3, stride: 2, padding: 1 }),
    softplus(),
    maxPool2d(2, { stride: 1 }),
    flatten(),
    dense(2),
  ]);
  const input = zeros([2, 5, 5, 2], { dtype });
  const place = channelsLast(2, 25);
  for (let k = 0; k < 100; k++) {
    input.data[Math.floor(k / 50) * 50 + place(0, k % 50)] = Math.sin(0.7 * (k + 1));
  }
  return {
    model,
    loss: sigmoidCrossEntropy(),
    input,
    target: tensor([[1, 0], [0.25, 0.75]], { dtype }),
    places: [
      ...placesOf(0, 2, 18, channelsLast(2, 9)),
      ...placesOf(38, 2, 8, channelsLast(2, 4)),
    ],
  };
}

/** Runs `body` at the parameters of the rule with its tangent. */
function atRule(
  { model, loss, input, target, places }: GoldenNetwork,
  body: (lin: Linearization, v: Tensor, inOrder: (t: Tensor) => number[]) => void,
): void {
  using v = zeros([model.parameterCount], { dtype });
  for (const [k, place] of places.entries()) {
    model.parameters.data[place] = 0.5 * Math.sin(k + 1);
    v.data[place] = Math.cos(k + 1);
  }
  model.parametersChanged();
  {
    using lin = model.linearize(loss, { input, target });
    body(lin, v, (t) => places.map((place) => t.data[place]));
  }
  for (const owned of [model, input, target]) owned.dispose();
}

/** The sum over parameters of the mean over samples of squared gradients. */
function meanSquares(lin: Linearization): number {
  let total = 0;
  for (const { inputs, outputGradients } of lin.sites) {
    const rows = inputs.toArray(), width = outputGradients.shape[1];
    const positions = rows.length / lin.batchSize;
    for (let n = 0; n < lin.batchSize; n++) {
      for (let o = 0; o < width; o++) {
        for (let d = 0; d < inputs.columns; d++) {
          let gradient = 0;
          for (let t = n * positions; t < (n + 1) * positions; t++) {
            gradient += outputGradients.data[t * width + o] * rows[t][d];
          }
          total += gradient * gradient / lin.batchSize;
        }
      }
    }
  }
  return total;
}

for (const [name, make] of [["MLP", mlp], ["CNN", convnet]] as const) {
  test(`the golden ${name} has the golden loss, gradient, J v, G v and diagonal blocks`, () => {
    const expected = golden[name];
    atRule(make(), (lin, v, inOrder) => {
      near(lin.loss, expected.loss, GOLDEN_DIGITS, "loss");
      using gradient = lin.gradient();
      near(norm(gradient), expected.gradientNorm, GOLDEN_DIGITS, "norm of the gradient");
      allNear(inOrder(gradient), expected.gradient, GOLDEN_DIGITS, "gradient");
      using jv = lin.jvp(v);
      allNear(jv.data, expected.jv, GOLDEN_DIGITS, "J v");
      using full = gaussNewton(lin);
      using product = full.apply(v);
      allNear(inOrder(product), expected.gv, GOLDEN_DIGITS, "G v");
      near(dot(v, product), expected.vGv, GOLDEN_DIGITS, "vᵀG v");
      using blocks = gaussNewton(lin, { blocks: "site" });
      blocks.apply(v, product);
      allNear(inOrder(product), expected.blockGv, GOLDEN_DIGITS, "blocks times v");
      near(dot(v, product), expected.vBv, GOLDEN_DIGITS, "vᵀ blocks v");
      near(meanSquares(lin), expected.meanSquares, GOLDEN_DIGITS, "mean of squared gradients");
    });
  });
}

/** -(A + 0.1 I)⁻¹ g, exactly. */
function newtonStep(operator: LinearOperator, gradient: Tensor): { readonly x: Tensor } {
  using descent = tensor(gradient.data.map((g) => -g), { dtype });
  return direct(operator.add(0.1), descent, { tolerance: GOLDEN_DIGITS });
}

test("exact damped steps of the golden MLP have the golden model values, losses and ratio", () => {
  const { step } = golden, network = mlp();
  const { model, loss, input, target } = network;
  const lossAt = (change: Tensor, length: number): number => {
    axpy(length, change, model.parameters);
    model.parametersChanged();
    using lin = model.linearize(loss, { input, target });
    axpy(-length, change, model.parameters);
    return lin.loss;
  };
  atRule(network, (lin) => {
    using gradient = lin.gradient();
    using full = gaussNewton(lin), blocks = gaussNewton(lin, { blocks: "site" });
    const { x: change } = newtonStep(full, gradient);
    const { x: blockChange } = newtonStep(blocks, gradient);
    using curved = full.apply(change);
    const q = dot(gradient, change) + dot(change, curved) / 2;
    near(q, step.q, GOLDEN_DIGITS, "undamped model");
    full.apply(blockChange, curved);
    const length = -dot(gradient, blockChange) /
      (dot(blockChange, curved) + 0.1 * dot(blockChange, blockChange));
    near(norm(blockChange), step.blockNorm, GOLDEN_DIGITS, "step by blocks");
    near(length, step.blockLength, GOLDEN_DIGITS, "best length of the step by blocks");
    const before = lin.loss, after = lossAt(change, 1);
    near(before, step.before, GOLDEN_DIGITS, "loss before");
    near(after, step.after, GOLDEN_DIGITS, "loss after");
    near((after - before) / q, step.ratio, GOLDEN_DIGITS, "reduction ratio");
    near(lossAt(blockChange, length), step.blockAfter, GOLDEN_DIGITS, "loss after by blocks");
    change.dispose();
    blockChange.dispose();
  });
});

test("cg() on tridiag(-1, 2.1, -1) has the golden values of phi", () => {
  const size = 12;
  using b = tensor(Array.from({ length: size }, (_, i) => 1 + 0.1 * i), { dtype });
  const op = linearOperator({
    size,
    dtype,
    isPositiveSemidefinite: true,
    apply: ({ data }, out) =>
      out.data.set(data.map((x, i) => 2.1 * x - (data[i - 1] ?? 0) - (data[i + 1] ?? 0))),
  });
  using solution = cg(op, b, { history: true, maxIterations: golden.phi.length - 1, tolerance: 0 });
  allNear(solution.history?.phi ?? [], golden.phi, GOLDEN_DIGITS);
});
