import { sha256 } from "../../../src/tensor/digest.ts";
import type { MnistFile } from "../../../data.ts";

type Bytes = Uint8Array<ArrayBuffer>;

function idx(shape: number[], data: number[]): Bytes {
  const sizes = shape.flatMap((extent) => [0, 0, 0, extent]);
  return new Uint8Array([0, 0, 8, shape.length, ...sizes, ...data]);
}

/** Three training and two test images of 2 x 2 pixels in MNIST's format. */
export function smallMnist(): Record<MnistFile, Bytes> {
  return {
    "train-images-idx3-ubyte": idx([3, 2, 2], [0, 51, 102, 153, 204, 255, 0, 0, 1, 2, 3, 4]),
    "train-labels-idx1-ubyte": idx([3], [9, 0, 4]),
    "t10k-images-idx3-ubyte": idx([2, 2, 2], [255, 255, 255, 255, 0, 0, 0, 0]),
    "t10k-labels-idx1-ubyte": idx([2], [1, 2]),
  };
}

/** SHA-256 of each file. */
export async function digestsOf(
  files: Record<MnistFile, Bytes>,
): Promise<Record<MnistFile, string>> {
  const named = Object.entries(files).map(async ([name, bytes]) => [name, await sha256(bytes)]);
  return Object.fromEntries(await Promise.all(named));
}
