// Convolutions with one position, beside the dense layers that are the same functions of the same parameters.
import {
  conv2d,
  type Conv2dOptions,
  dense,
  type DType,
  flatten,
  type Layer,
  type Model,
  type Scope,
  sequential,
  tanh,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { uniform } from "../oracles/symmetric_matrices.ts";

type Image = readonly [height: number, width: number, channels: number];

/** A network with such convolutions, and one of dense layers. */
export interface CoveringCase {
  /** What is covered. */
  readonly name: string;
  /** Shape of an image. */
  readonly input: Image;
  /** The layers with convolutions. */
  readonly convolutions: () => readonly Layer[];
  /** The layers without. */
  readonly twins: () => readonly Layer[];
  /** The input of the twin, by elements of the image; undefined for zeros around it. @default the image */
  readonly patch?: readonly (number | undefined)[] | undefined;
  /** Both begin with the same convolution at many positions, and take images. */
  readonly hasManyPositions?: boolean;
}

/** The only patch of an image from row `top` and column `left` on, in the order of kernel row, kernel column, channel. */
function patchOf(
  [height, width, channels]: Image,
  [rows, columns]: readonly [number, number],
  [top, left]: readonly [number, number],
  dilation = 1,
): (number | undefined)[] {
  const taps: (number | undefined)[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const [y, x] = [top + i * dilation, left + j * dilation];
      const isInside = y >= 0 && y < height && x >= 0 && x < width;
      for (let c = 0; c < channels; c++) {
        taps.push(isInside ? (y * width + x) * channels + c : undefined);
      }
    }
  }
  return taps;
}

function one(
  name: string,
  input: Image,
  options: Conv2dOptions,
  patch?: CoveringCase["patch"],
): CoveringCase {
  const rest = (): Layer[] => [tanh(), flatten(), dense(3)];
  const { bias = true } = options;
  return {
    name,
    input,
    patch,
    convolutions: () => [conv2d(4, options), ...rest()],
    twins: () => [dense(4, { bias }), ...rest()],
  };
}

/** Every way in which a convolution comes to one position. */
export const COVERING_CASES: readonly CoveringCase[] = [
  one("a kernel as large as the image", [3, 2, 2], { kernel: [3, 2] }),
  one("the same without bias", [3, 2, 2], { kernel: [3, 2], bias: false }),
  one("a kernel of one on an image of one", [1, 1, 5], { kernel: 1 }),
  one("stride, dilation and padding without effect", [1, 1, 5], {
    kernel: 1,
    stride: 3,
    dilation: 2,
    padding: "same",
  }),
  one(
    "a stride beyond the image",
    [3, 2, 2],
    { kernel: [2, 1], stride: 4 },
    patchOf([3, 2, 2], [2, 1], [0, 0]),
  ),
  one(
    "a kernel with padding around the image",
    [2, 2, 1],
    { kernel: 3, padding: 1, stride: 3 },
    patchOf([2, 2, 1], [3, 3], [-1, -1]),
  ),
  one(
    "a kernel with gaps",
    [3, 3, 2],
    { kernel: 2, dilation: 2 },
    patchOf([3, 3, 2], [2, 2], [0, 0], 2),
  ),
  {
    name: "two after each other, the last with the outputs",
    input: [2, 2, 2],
    convolutions: () => [
      conv2d(4, { kernel: 2 }),
      tanh(),
      conv2d(3, { kernel: 1, padding: "same", stride: 2 }),
      flatten(),
    ],
    twins: () => [dense(4), tanh(), dense(3)],
  },
  {
    name: "one behind a convolution, as in LeNet-5",
    input: [4, 4, 1],
    hasManyPositions: true,
    convolutions: () => [
      conv2d(2, { kernel: 3 }),
      tanh(),
      conv2d(3, { kernel: 2 }),
      tanh(),
      flatten(),
      dense(3),
    ],
    twins: () => [conv2d(2, { kernel: 3 }), tanh(), flatten(), dense(3), tanh(), dense(3)],
  },
];

/** A network and its twin with the same parameters, and the same samples for each. */
export interface CoveringTwins {
  readonly models: readonly [convolutional: Model, twin: Model];
  readonly inputs: readonly [images: Tensor, rows: Tensor];
}

/** Makes them; the scope owns them. */
export function coveringTwins(
  scope: Scope,
  { input, convolutions, twins, patch, hasManyPositions = false }: CoveringCase,
  batchSize: number,
  dtype: DType,
): CoveringTwins {
  const size = input[0] * input[1] * input[2];
  const taps = patch ?? Array.from({ length: size }, (_, i) => i);
  const next = uniform(7);
  const images = Array.from(
    { length: batchSize },
    () => Array.from({ length: size }, () => Math.fround(next())),
  );
  const rows = images.map((image) => taps.map((tap) => tap === undefined ? 0 : image[tap]));
  const shape = hasManyPositions ? input : [taps.length];
  const seed = 5;
  const models = [
    scope.own(sequential({ input, seed, dtype }, convolutions())),
    scope.own(sequential({ input: shape, seed, dtype }, twins())),
  ] as const;
  const [model, twin] = models;
  twin.parameters.data.set(model.parameters.data);
  twin.parametersChanged();
  const inputs = [
    scope.own(tensor(images.flat(), { shape: [batchSize, ...input], dtype })),
    scope.own(tensor(rows.flat(), { shape: [batchSize, ...shape], dtype })),
  ] as const;
  return { models, inputs };
}
