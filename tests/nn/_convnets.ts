// Small networks with every layer that images need.
import {
  averagePool2d,
  concatenation,
  conv2d,
  dense,
  type DType,
  flatten,
  gelu,
  globalAveragePool2d,
  type Layer,
  type Linearization,
  type Loss,
  maxPool2d,
  type Model,
  residual,
  sequential,
  sigmoid,
  softmaxCrossEntropy,
  softplus,
  squaredError,
  tanh,
} from "../../mod.ts";
import { randomRows, tensorOf } from "../_support/twins.ts";

const INPUT = [6, 5, 2];
const OUTPUTS = 3;

/** Networks from images (6, 5, 2) to three outputs. */
export const CONVNETS: Readonly<Record<string, () => Layer[]>> = {
  padded: () => [
    conv2d(4, { kernel: 3, padding: "same", stride: 2 }),
    tanh(),
    conv2d(3, { kernel: 2, padding: 1, bias: false }),
    gelu(),
    flatten(),
    dense(OUTPUTS),
  ],
  dilated: () => [
    conv2d(3, { kernel: [2, 3], dilation: 2, padding: 2 }),
    softplus(),
    averagePool2d(2, { padding: 1 }),
    conv2d(4, { kernel: [3, 2], stride: 2 }),
    sigmoid(),
    globalAveragePool2d(),
    dense(OUTPUTS),
  ],
  pooled: () => [
    conv2d(4, { kernel: 3, padding: 1 }),
    tanh(),
    maxPool2d(2, { stride: 1 }),
    residual([conv2d(5, { kernel: 3, padding: "same" }), tanh(), conv2d(4, { kernel: 1 })]),
    maxPool2d(3, { stride: 2, padding: 1 }),
    conv2d(OUTPUTS, { kernel: 1 }),
    globalAveragePool2d(),
  ],
  "side by side": () => [
    concatenation([
      [],
      [conv2d(3, { kernel: 1 }), tanh()],
      [conv2d(2, { kernel: 3, padding: "same" }), gelu()],
      [maxPool2d(3, { stride: 1, padding: 1 })],
    ]),
    conv2d(4, { kernel: 2, stride: 2 }),
    softplus(),
    flatten(),
    dense(OUTPUTS),
  ],
};

const LOSSES: Readonly<Record<string, Loss>> = {
  squaredError: squaredError(),
  softmaxCrossEntropy: softmaxCrossEntropy(),
};

/** One network on one batch, linearized. */
export interface ConvnetCase {
  readonly what: string;
  readonly model: Model;
  readonly lin: Linearization;
  /** Linearizes again, at the parameters as they are then. */
  linearize(): Linearization;
}

/** Runs `body` for every network and loss, at two batch sizes. */
export function forEachConvnet(dtype: DType, body: (convnet: ConvnetCase) => void): void {
  for (const [name, layers] of Object.entries(CONVNETS)) {
    for (const [lossName, loss] of Object.entries(LOSSES)) {
      for (const batchSize of [1, 4]) {
        using model = sequential({ input: INPUT, seed: 3, dtype }, layers());
        using images = tensorOf(randomRows(1, batchSize, 60), dtype);
        using target = tensorOf(randomRows(2, batchSize, OUTPUTS), dtype);
        target.data.forEach((y, i) => target.data[i] = Math.abs(y));
        const input = images.view([batchSize, ...INPUT]);
        const linearize = (): Linearization => model.linearize(loss, { input, target });
        using lin = linearize();
        body({ what: `${name}, ${lossName}, B ${batchSize}, ${dtype}`, model, lin, linearize });
      }
    }
  }
}
