// The MNIST autoencoder of Hinton & Salakhutdinov 2006 in the form of the K-BFGS paper, shared by benches.
import { dense } from "../../src/nn/layers/dense.ts";
import { relu } from "../../src/nn/layers/activation.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import type { Model } from "../../src/nn/model.ts";
import { sequential } from "../../src/nn/sequential.ts";
import { randomKey, uniform } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Units of each layer, the input first; the code is linear and so is the output. */
export const WIDTHS: readonly number[] = [784, 1000, 500, 250, 30, 250, 500, 1000, 784];

/** The layer behind which there is no activation, beside the last. */
export const CODE = WIDTHS.indexOf(30);

/** Flops of one gradient: three products for every layer, but no input cotangent of the first. */
export function gradientFlops(batchSize: number): number {
  const products = WIDTHS.slice(1).map((units, i) => units * WIDTHS[i] * (i === 0 ? 2 : 3));
  return 2 * batchSize * products.reduce((sum, size) => sum + size, 0);
}

/** The model with PyTorch's initialization. */
export function autoencoder(seed = 1): Model {
  const layers: Layer[] = WIDTHS.slice(1).flatMap((units, i) => {
    const isLinear = i + 1 === CODE || i + 2 === WIDTHS.length;
    return isLinear ? [dense(units)] : [dense(units), relu()];
  });
  return sequential({ input: [WIDTHS[0]], seed }, layers);
}

/** Stand-ins for images: a fifth of the pixels in (0, 1), the others 0, as in MNIST. */
export function syntheticImages(batchSize: number): Tensor {
  const images = uniform(randomKey(7), [batchSize, WIDTHS[0]], { minimum: -4, maximum: 1 });
  images.data.forEach((value, i, data) => data[i] = Math.max(0, value));
  return images;
}
