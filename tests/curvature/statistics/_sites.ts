// Networks whose sites have rows of every kind, each at two batch sizes.
import {
  conv2d,
  dense,
  type DType,
  flatten,
  type Layer,
  type Linearization,
  lstm,
  type Model,
  sequential,
  squaredError,
  tanh,
  type Tensor,
  tensor,
} from "../../../mod.ts";
import { DTYPES, randomRows } from "../../_support/twins.ts";

/** What a linearization was made of. */
export interface Source {
  readonly model: Model;
  readonly input: Tensor;
  readonly lengths: readonly number[] | undefined;
}

interface Case {
  readonly input: readonly number[];
  readonly layers: () => Layer[];
  /** Valid steps of some samples; the others have all. */
  readonly lengths?: readonly number[];
}

const STEPS: Omit<Case, "lengths"> = { input: [5, 2], layers: () => [lstm(3), dense(3)] };

const CASES: Readonly<Record<string, Case>> = {
  dense: { input: [6], layers: () => [dense(5), tanh(), dense(3, { bias: false })] },
  "strided convolutions": {
    input: [9, 8, 2],
    layers: () => [
      conv2d(3, { kernel: [3, 2], stride: 2, padding: "same" }),
      tanh(),
      conv2d(2, { kernel: 2, bias: false }),
      flatten(),
      dense(3),
    ],
  },
  "a dilated convolution": {
    input: [14, 13, 2],
    layers: () => [
      conv2d(4, { kernel: 3, dilation: 2, padding: 2 }),
      conv2d(1, { kernel: 3, stride: 4 }),
      flatten(),
      dense(3),
    ],
  },
  lstm: STEPS,
  "sequences with lengths": { ...STEPS, lengths: [2, 5, 1] },
};

const BATCH_SIZES = [3, 8];

/** Shows a linearization of each network at each batch size. */
export function forEachSiteCase(
  visit: (lin: Linearization, dtype: DType, what: string, from: Source) => void,
): void {
  for (const dtype of DTYPES) {
    for (const [name, { input: shape, layers, lengths }] of Object.entries(CASES)) {
      for (const batchSize of BATCH_SIZES) {
        using model = sequential({ input: shape, seed: 3, dtype }, layers());
        const tensorLike = (seed: number, sample: readonly number[]) => {
          const size = sample.reduce((a, b) => a * b);
          const values = randomRows(seed, batchSize, size).flat();
          return tensor(values, { dtype, shape: [batchSize, ...sample] });
        };
        using input = tensorLike(1, shape);
        using target = tensorLike(2, model.output);
        const valid = lengths &&
          Array.from({ length: batchSize }, (_, n) => lengths.at(n) ?? shape[0]);
        using lin = model.linearize(squaredError(), { input, target, lengths: valid });
        const from = { model, input, lengths: valid };
        visit(lin, dtype, `${name}, ${dtype}, B ${batchSize}`, from);
      }
    }
  }
}
