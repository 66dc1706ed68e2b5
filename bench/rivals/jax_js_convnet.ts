// jax-js on its WebAssembly backend: loss and gradient of a convolutional network under one jit().
import { channelsOf, type ConvnetGradient, type ConvnetProblem } from "./convnet.ts";

const PACKAGE: string = "@jax-js/jax";

// The package is only there after `npm ci`, hence without its types.
// deno-lint-ignore no-explicit-any
type Value = any;

/** The gradient with jax-js. Its convolutions have the channels first, so kernels are turned beforehand. */
export async function jaxJsConvnet(problem: ConvnetProblem): Promise<ConvnetGradient> {
  const jax: Value = await import(PACKAGE);
  const { numpy: np, nn, lax } = jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");

  const { batchSize, side, kernelSide, images, classes, convolutions, dense } = problem;
  const x = np.array(images).reshape([batchSize, 1, side, side]);
  const target = new Float32Array(batchSize * dense[dense.length - 1].outputs);
  for (const [n, k] of classes.entries()) target[n * dense[dense.length - 1].outputs + k] = 1;
  const y = np.array(target).reshape([batchSize, -1]);
  const params = [
    ...convolutions.map((layer) => ({
      kernel: np.array(layer.kernel)
        .reshape([kernelSide, kernelSide, channelsOf(layer, problem), layer.outputs])
        .transpose([3, 2, 0, 1]),
      bias: np.array(layer.bias).reshape([1, layer.outputs, 1, 1]),
    })),
    ...dense.map(({ kernel, bias, inputs, outputs }) => ({
      kernel: np.array(kernel).reshape([inputs, outputs]),
      bias: np.array(bias),
    })),
  ];
  const outputSide = side - convolutions.length * (kernelSide - 1), half = outputSide / 2;
  // Every use of an array but the last takes a `.ref`: functions own what they are given.
  const loss = (weights: Value[], input: Value, wanted: Value): Value => {
    let z = input;
    for (const { kernel, bias } of weights.slice(0, convolutions.length)) {
      z = nn.relu(lax.convGeneralDilated(z, kernel, [1, 1], "VALID").add(bias));
    }
    const filters = convolutions[convolutions.length - 1].outputs;
    z = np.max(z.reshape([batchSize, filters, half, 2, half, 2]), [3, 5]);
    z = z.transpose([0, 2, 3, 1]).reshape([batchSize, dense[0].inputs]);
    for (const [i, { kernel, bias }] of weights.slice(convolutions.length).entries()) {
      z = np.dot(z, kernel).add(bias);
      if (i + 1 < dense.length) z = nn.relu(z);
    }
    return nn.logSoftmax(z, -1).mul(wanted).sum(1).sum().mul(-1 / batchSize);
  };
  const step = jax.jit(jax.valueAndGrad(loss));
  const outputsOf = (): Value => step(jax.tree.ref(params), x.ref, y.ref);
  return {
    name: "jax-js 0.1.25, wasm",
    run: async () => {
      const outputs = outputsOf();
      await jax.blockUntilReady(jax.tree.ref(outputs));
      jax.tree.dispose(outputs);
    },
    evaluate: async () => {
      const [value, gradients] = outputsOf();
      let sum = 0;
      for (const leaf of jax.tree.leaves(gradients)) {
        for (const g of await leaf.data()) sum += g * g;
      }
      return { loss: await value.jsAsync(), gradientNorm: Math.sqrt(sum) };
    },
  };
}
