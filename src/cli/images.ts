// The first test images and what a trained network makes of them, as bytes.
import type { Model } from "../nn/model.ts";
import { Scope } from "../runtime/scope.ts";
import { zeros } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { autoencoder, type Experiment } from "./experiment.ts";
import { sigmoid } from "../nn/layers/activation.ts";

/** Width and height of an image. */
export const SIDE = 28;

const SHOWN = 10;
const WHITE = 255;

/** The first test images, one after the other. */
export function originals(experiment: Experiment): Uint8Array<ArrayBuffer> {
  using input = firstImages(experiment);
  return bytesOf(input);
}

/** The same images as the model gives them back. */
export function reconstruct(model: Model, experiment: Experiment): Uint8Array<ArrayBuffer> {
  using scope = new Scope();
  // The outputs of the model are logits.
  const bright = scope.own(autoencoder(experiment.widths, model.seed, [sigmoid()]));
  bright.parameters.data.set(model.parameters.data);
  bright.parametersChanged();
  return bytesOf(scope.own(bright.predict(scope.own(firstImages(experiment)))));
}

function firstImages({ test }: Experiment): Tensor {
  const count = Math.min(SHOWN, test.size);
  const input = zeros([count, ...test.inputShape]);
  test.fill([...Array(count).keys()], input);
  return input;
}

function bytesOf({ data }: Tensor): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(data, (brightness) => Math.round(WHITE * brightness));
}
