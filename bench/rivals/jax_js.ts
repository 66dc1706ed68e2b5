// jax-js on its WebAssembly backend: loss and gradient under one jit().
import type { GradientProblem, GradientResult, RivalGradient } from "./rival.ts";

const PACKAGE: string = "@jax-js/jax";

interface Params {
  readonly kernel: unknown;
  readonly bias: unknown;
}

/** The gradient with jax-js. */
export async function jaxJs(
  { batchSize, images, layers }: GradientProblem,
): Promise<RivalGradient> {
  // Only there after `npm ci`, hence without its types.
  const jax = await import(PACKAGE);
  const { numpy: np, nn } = jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");

  const x = np.array(images).reshape([batchSize, layers[0].inputs]);
  const params: Params[] = layers.map(({ kernel, bias, inputs, outputs }) => ({
    kernel: np.array(kernel).reshape([inputs, outputs]),
    bias: np.array(bias),
  }));
  // Every use of an array but the last takes a `.ref`: functions own what they are given.
  // deno-lint-ignore no-explicit-any
  const loss = (weights: any[], input: any): unknown => {
    let z = input.ref;
    for (const [i, { kernel, bias }] of weights.entries()) {
      z = np.dot(z, kernel).add(bias);
      if (layers[i].activation === "relu") z = nn.relu(z);
    }
    const penalty = np.log1p(np.exp(np.absolute(z.ref).mul(-1)));
    // It sums in float32 one after the other: over rows first, for the sake of accuracy.
    return nn.relu(z.ref).sub(z.mul(input)).add(penalty).sum(1).sum().mul(1 / batchSize);
  };
  const step = jax.jit(jax.valueAndGrad(loss));
  const refs = (): unknown[] => jax.tree.ref(params);

  const run = async (): Promise<void> => {
    const outputs = step(refs(), x.ref);
    await jax.blockUntilReady(jax.tree.ref(outputs));
    jax.tree.dispose(outputs);
  };
  const evaluate = async (): Promise<GradientResult> => {
    const [value, gradients] = step(refs(), x.ref);
    let sum = 0;
    for (const leaf of jax.tree.leaves(gradients)) {
      for (const g of await leaf.data()) sum += g * g;
    }
    return { loss: await value.jsAsync(), gradientNorm: Math.sqrt(sum) };
  };
  const threads = "Worker" in globalThis
    ? `${navigator.hardwareConcurrency} threads: it starts one worker for each processor`
    : "1 thread: its workers need a global Worker, which this runtime does not have";
  return { name: "jax-js 0.1.25", threads, forms: { "jax-js, jit": { run, evaluate } } };
}
