// Steps of SGD on a stack of LSTMs with TensorFlow.js on its WebAssembly backend, in two forms: its own layers, and the
// equations written out with the inputs' products of all steps at once.
import type { GradientResult } from "./rival.ts";

const TENSORFLOW: string = "@tensorflow/tfjs";
const BACKEND: string = "@tensorflow/tfjs-backend-wasm";

// The packages are only there after `npm ci`, hence without their types.
// deno-lint-ignore no-explicit-any
type Value = any;

/** One LSTM: kernels (in, 4H) and (H, 4H) with gates i, f, g, o, and the bias (4H). */
export interface LstmWeights {
  readonly inputs: number;
  readonly units: number;
  readonly kernel: Float32Array;
  readonly recurrent: Float32Array;
  readonly bias: Float32Array;
}

/** Sequences (B, T, in), a stack of LSTMs, and classes from its last step. */
export interface SequenceProblem {
  readonly batchSize: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly sequences: Float32Array;
  readonly classes: Int32Array;
  readonly layers: readonly LstmWeights[];
  /** (H, classes) and (classes). */
  readonly head: { readonly kernel: Float32Array; readonly bias: Float32Array };
}

/** One way to write the step. */
export interface StepForm {
  /** Takes a step. */
  run(): unknown;
  /** Loss and gradient where the parameters are. */
  evaluate(): GradientResult;
}

/** TensorFlow.js when it is ready. */
export async function tensorflowLstm(
  problem: SequenceProblem,
): Promise<{ readonly name: string; readonly forms: Readonly<Record<string, StepForm>> }> {
  const tf: Value = (await import(TENSORFLOW)).default;
  const backend: Value = (await import(BACKEND)).default;
  backend.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  return {
    name: `TensorFlow.js ${tf.version_core}`,
    forms: {
      "tensorflow.js, its layers": ownLayers(tf, problem),
      "tensorflow.js, equations": equations(tf, problem),
    },
  };
}

function target(tf: Value, { classes, head }: SequenceProblem): Value {
  return tf.oneHot(tf.tensor1d(classes, "int32"), head.bias.length);
}

/** A step on variables whose loss a function gives. */
function form(
  tf: Value,
  variables: Value[],
  loss: () => Value,
  learningRate: number,
): StepForm {
  const optimizer = tf.train.sgd(learningRate);
  return {
    run: () => tf.tidy(() => void optimizer.minimize(loss, false, variables)),
    evaluate: () =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(loss, variables);
        let sum = 0;
        for (const gradient of Object.values<Value>(grads)) {
          for (const g of gradient.dataSync()) sum += g * g;
        }
        return { loss: value.dataSync()[0], gradientNorm: Math.sqrt(sum) };
      }),
  };
}

function ownLayers(tf: Value, problem: SequenceProblem): StepForm {
  const { batchSize, steps, sequences, layers, head, learningRate } = problem;
  const model = tf.sequential();
  for (const [i, { units, inputs }] of layers.entries()) {
    model.add(tf.layers.lstm({
      units,
      inputShape: [steps, inputs],
      recurrentActivation: "sigmoid",
      recurrentInitializer: "zeros", // its default takes long, and is overwritten
      returnSequences: i + 1 < layers.length,
    }));
  }
  model.add(tf.layers.dense({ units: head.bias.length }));
  model.setWeights([
    ...layers.flatMap(({ inputs, units, kernel, recurrent, bias }) => [
      tf.tensor2d(kernel, [inputs, 4 * units]),
      tf.tensor2d(recurrent, [units, 4 * units]),
      tf.tensor1d(bias),
    ]),
    tf.tensor2d(head.kernel, [layers[layers.length - 1].units, head.bias.length]),
    tf.tensor1d(head.bias),
  ]);
  const x = tf.tensor3d(sequences, [batchSize, steps, layers[0].inputs]);
  const y = target(tf, problem);
  const loss = (): Value => tf.losses.softmaxCrossEntropy(y, model.apply(x));
  const variables = model.trainableWeights.map((weight: Value) => weight.val);
  return form(tf, variables, loss, learningRate);
}

function equations(tf: Value, problem: SequenceProblem): StepForm {
  const { batchSize, steps, sequences, layers, head, learningRate } = problem;
  const stacked = layers.map(({ inputs, units, kernel, recurrent, bias }) => ({
    inputs,
    units,
    kernel: tf.variable(tf.tensor2d(kernel, [inputs, 4 * units])),
    recurrent: tf.variable(tf.tensor2d(recurrent, [units, 4 * units])),
    bias: tf.variable(tf.tensor1d(bias)),
  }));
  const outputs = head.bias.length, width = layers[layers.length - 1].units;
  const kernel = tf.variable(tf.tensor2d(head.kernel, [width, outputs]));
  const bias = tf.variable(tf.tensor1d(head.bias));
  // Steps first, so that those of one time are a slice of rows.
  const x = tf.transpose(
    tf.tensor3d(sequences, [batchSize, steps, layers[0].inputs]),
    [1, 0, 2],
  ).reshape([steps * batchSize, layers[0].inputs]);
  const y = target(tf, problem);
  const loss = (): Value => {
    let rows = x, h: Value;
    for (const { units, kernel, recurrent, bias } of stacked) {
      const given = tf.split(tf.add(tf.matMul(rows, kernel), bias), steps);
      h = tf.zeros([batchSize, units]);
      let c = h;
      const all: Value[] = [];
      for (const part of given) {
        const [i, f, g, o] = tf.split(tf.add(part, tf.matMul(h, recurrent)), 4, 1);
        c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
        h = tf.mul(tf.sigmoid(o), tf.tanh(c));
        all.push(h);
      }
      rows = tf.concat(all);
    }
    return tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(h, kernel), bias));
  };
  const own = stacked.flatMap((layer) => [layer.kernel, layer.recurrent, layer.bias]);
  return form(tf, [...own, kernel, bias], loss, learningRate);
}
