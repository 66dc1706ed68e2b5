// The gradient of a convolutional network, as other libraries are asked for it: in plain arrays, images with channels last.
import type { GradientResult } from "./rival.ts";

/** A layer without padding, x kernel + bias, then relu() unless it is the last. */
export interface WeightedLayer {
  /** Rows of the kernel: inputs, or for a convolution kernel rows x kernel columns x channels. */
  readonly inputs: number;
  readonly outputs: number;
  /** (inputs, outputs), row-major. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** Convolutions, max-pooling by 2, dense layers; the mean over images of the softmax cross-entropy. */
export interface ConvnetProblem {
  readonly batchSize: number;
  /** Rows and columns of the images, which have one channel. */
  readonly side: number;
  /** Rows and columns of every convolution's kernel. */
  readonly kernelSide: number;
  readonly images: Float32Array;
  readonly classes: Int32Array;
  readonly convolutions: readonly WeightedLayer[];
  readonly dense: readonly WeightedLayer[];
}

/** The gradient with a library. */
export interface ConvnetGradient {
  /** Name, version and backend. */
  readonly name: string;
  /** Computes loss and gradient and waits until they are there. */
  run(): unknown;
  /** The same, read out. */
  evaluate(): Promise<GradientResult>;
}

/** Channels that a convolution reads. */
export function channelsOf({ inputs }: WeightedLayer, { kernelSide }: ConvnetProblem): number {
  return inputs / kernelSide ** 2;
}
