// TensorFlow.js: tf.valueAndGrads() of a convolutional network on one of its backends.
import { channelsOf, type ConvnetGradient, type ConvnetProblem } from "./convnet.ts";

const TENSORFLOW: string = "@tensorflow/tfjs";
const BACKEND: string = "@tensorflow/tfjs-backend-wasm";

// The packages are only there after `npm ci`, hence without their types.
// deno-lint-ignore no-explicit-any
type Value = any;

/** The gradient with TensorFlow.js, on one thread. */
export async function tensorflowConvnet(
  problem: ConvnetProblem,
  backend: "wasm" | "cpu",
): Promise<ConvnetGradient> {
  const tf: Value = (await import(TENSORFLOW)).default;
  const wasm: Value = (await import(BACKEND)).default;
  wasm.setThreadsCount(1);
  await tf.setBackend(backend);
  await tf.ready();

  const { batchSize, side, kernelSide, images, classes, convolutions, dense } = problem;
  const x = tf.tensor4d(images, [batchSize, side, side, 1]);
  const y = tf.oneHot(tf.tensor1d(classes, "int32"), dense[dense.length - 1].outputs);
  const params = [
    ...convolutions.flatMap((layer) => [
      tf.tensor4d(layer.kernel, [
        kernelSide,
        kernelSide,
        channelsOf(layer, problem),
        layer.outputs,
      ]),
      tf.tensor1d(layer.bias),
    ]),
    ...dense.flatMap(({ kernel, bias, inputs, outputs }) => [
      tf.tensor2d(kernel, [inputs, outputs]),
      tf.tensor1d(bias),
    ]),
  ];
  const loss = (...weights: Value[]): Value => {
    let z = x;
    for (const i of convolutions.keys()) {
      z = tf.relu(tf.add(tf.conv2d(z, weights[2 * i], 1, "valid"), weights[2 * i + 1]));
    }
    z = tf.maxPool(z, 2, 2, "valid").reshape([batchSize, dense[0].inputs]);
    for (const i of dense.keys()) {
      const at = 2 * (convolutions.length + i);
      z = tf.add(tf.matMul(z, weights[at]), weights[at + 1]);
      if (i + 1 < dense.length) z = tf.relu(z);
    }
    return tf.losses.softmaxCrossEntropy(y, z);
  };
  const step = tf.valueAndGrads(loss);
  return {
    name: `TensorFlow.js ${tf.version_core}, ${backend}`,
    run: () => tf.tidy(() => void step(params)),
    evaluate: () => {
      const { value, grads } = step(params);
      let sum = 0;
      for (const gradient of grads) for (const g of gradient.dataSync()) sum += g * g;
      const result = { loss: value.dataSync()[0], gradientNorm: Math.sqrt(sum) };
      tf.dispose([value, ...grads]);
      return Promise.resolve(result);
    },
  };
}
