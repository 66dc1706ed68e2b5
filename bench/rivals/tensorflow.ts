// TensorFlow.js on its WebAssembly backend, in two forms: as its users write a gradient, and with a product
// whose gradient makes transposes explicit, since only untransposed products reach XNNPACK.
import type { DenseLayer, GradientForm, GradientProblem, RivalGradient } from "./rival.ts";

const TENSORFLOW: string = "@tensorflow/tfjs";
const BACKEND: string = "@tensorflow/tfjs-backend-wasm";

// The packages are only there after `npm ci`, hence without their types.
// deno-lint-ignore no-explicit-any
type Value = any;
type Dense = (x: Value, kernel: Value, bias: Value, layer: DenseLayer) => Value;

/** The gradient with TensorFlow.js. */
export async function tensorflow(problem: GradientProblem): Promise<RivalGradient> {
  const tf: Value = (await import(TENSORFLOW)).default;
  const backend: Value = (await import(BACKEND)).default;
  backend.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();

  const product = tf.customGrad((a: Value, b: Value, save: (saved: Value[]) => void) => {
    save([a, b]);
    return {
      value: tf.matMul(a, b),
      gradFunc: (dy: Value, saved: Value[]) => [
        tf.matMul(dy, tf.transpose(saved[1])),
        tf.matMul(tf.transpose(saved[0]), dy),
      ],
    };
  });
  const activate = (z: Value, { activation }: DenseLayer): Value =>
    activation === "relu" ? tf.relu(z) : z;
  const plain: Dense = (x, kernel, bias, layer) =>
    activate(tf.add(tf.matMul(x, kernel), bias), layer);
  const explicit: Dense = (x, kernel, bias, layer) =>
    activate(tf.add(product(x, kernel), bias), layer);
  return {
    name: `TensorFlow.js ${tf.version_core}`,
    threads: "1 thread: setThreadsCount(1), and its Node build has none",
    forms: {
      "tensorflow.js, tf.grads": form(tf, problem, plain),
      "tensorflow.js, explicit transposes": form(tf, problem, explicit),
    },
  };
}

function form(
  tf: Value,
  { batchSize, images, layers }: GradientProblem,
  dense: Dense,
): GradientForm {
  const x = tf.tensor2d(images, [batchSize, layers[0].inputs]);
  const params = layers.flatMap(({ kernel, bias, inputs, outputs }) => [
    tf.tensor2d(kernel, [inputs, outputs]),
    tf.tensor1d(bias),
  ]);
  const loss = (...weights: Value[]): Value => {
    let z = x;
    for (const [i, layer] of layers.entries()) {
      z = dense(z, weights[2 * i], weights[2 * i + 1], layer);
    }
    const penalty = tf.log1p(tf.exp(tf.neg(tf.abs(z))));
    const each = tf.add(tf.sub(tf.relu(z), tf.mul(z, x)), penalty);
    // It sums in float32 one after the other: over rows first, for the sake of accuracy.
    return tf.mul(tf.sum(tf.sum(each, 1)), 1 / batchSize);
  };
  const step = tf.valueAndGrads(loss);
  return {
    // The backend computes at once, so there is nothing to wait for.
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
