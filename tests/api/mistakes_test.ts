// What people new to the library do wrong, and the part of the message that shows them the way out.
import * as api from "../_support/api.ts";
import { ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

/** What is typed differs from what is allowed, so nothing here has types. */
// deno-lint-ignore no-explicit-any -- mistakes are calls that the compiler refuses
const wrong: any = api;

const GRAMMAR = /^Cannot .+[^.]$/s;

const { adam, curveFit, dataset, dense, relu, sequential, squaredError, tensor } = api;

const model = sequential({ input: [2], seed: 1 }, [dense(3), relu(), dense(1)]);
const classifier = sequential({ input: [2], seed: 1 }, [dense(3)]);
const images = sequential({ input: [4, 6, 3] }, [api.flatten(), dense(1)]);
const flat = sequential({ input: [784] }, [dense(1)]);
const input = tensor([[1, 2], [3, 4]]);
const target = tensor([[1], [0]]);
const loss = squaredError();
const optimizer = adam();
const points = dataset({ input: [1, 2, 3, 4], target: [1, 0], inputShape: [2], targetShape: [1] });
const run = { model, loss, optimizer, data: points, batchSize: 2, epochs: 1 };
const state = optimizer.init(model);
const x = [0, 1, 2], y = [1, 2, 4];
const line = ([a, b]: readonly number[], at: number): number => a + b * at;
const bytes = api.checkpoint({ model, optimizer, state });

type Mistake = readonly [made: () => unknown, wayOut: RegExp];

const MISTAKES: Readonly<Record<string, Mistake>> = {
  // names of options
  "batch_size": [
    () => wrong.train({ ...run, batch_size: 2 }),
    /"batch_size", did you mean "batchSize"\?/,
  ],
  "lr of PyTorch": [() => wrong.adam({ lr: 0.1 }), /no option "lr", did you mean "learningRate"\?/],
  "eps of PyTorch": [() => wrong.adam({ eps: 1e-8 }), /did you mean "epsilon"\?/],
  "learningrate in small letters": [
    () => wrong.sgd({ learningrate: 1 }),
    /did you mean "learningRate"\?/,
  ],
  "letters swapped": [() => wrong.kBfgs({ dapming: 1 }), /did you mean "damping"\?/],
  "activation of Keras": [
    () => wrong.dense(4, { activation: "relu" }),
    /layers of their own, such as relu\(\)/,
  ],
  "use_bias of Keras": [() => wrong.dense(4, { use_bias: false }), /did you mean "bias"\?/],
  "kernel_size of Keras": [() => wrong.conv2d(4, { kernel_size: 3 }), /did you mean "kernel"\?/],
  "strides of Keras": [() => wrong.maxPool2d(2, { strides: 2 }), /did you mean "stride"\?/],
  "callbacks of Keras": [
    () => wrong.train({ ...run, callbacks: [] }),
    /loop of the caller's own: for await/,
  ],
  "labels in a batch": [
    () => model.linearize(loss, { input, labels: target } as never),
    /the batch has no "labels", did you mean "target"\?/,
  ],
  "x and y in a batch": [
    () => model.linearize(loss, { x: input, y: target } as never),
    /"x", did you mean "input"\?/,
  ],
  "alpha of BLAS": [
    () => wrong.matmul(input, input, { alpha: 2 }),
    /only "transposeA", "transposeB", "out"/,
  ],
  "p0 of SciPy": [() => wrong.curveFit(line, x, y, { p0: [1, 1] }), /did you mean "start"\?/],
  "maxiter of SciPy": [
    () => wrong.cg(api.identityOperator(2), tensor([1, 2]), { maxiter: 3 }),
    /did you mean "maxIterations"\?/,
  ],
  "atol of SciPy": [
    () => wrong.cg(api.identityOperator(2), tensor([1, 2]), { atol: 3 }),
    /did you mean "absoluteTolerance"\?/,
  ],
  "criterion in a step": [
    () => optimizer.step(state, { model, criterion: loss, batch: { input, target } } as never),
    /the problem has no "criterion", did you mean "loss"\?/,
  ],
  "a method of a definition misspelt": [
    () => wrong.linearOperator({ size: 2, dtype: "float32", apply: () => {}, isSymetric: true }),
    /did you mean "isSymmetric"\?/,
  ],
  "parameters first, as PyTorch's optimizers": [
    () => wrong.adam(model.parameters, { lr: 0.1 }),
    /the options are a Tensor/,
  ],
  "a rate in the place of options": [
    () => wrong.adam(0.001),
    /options must be an object, not 0.001/,
  ],
  // factories without their call
  "a loss without its call": [
    () => model.linearize(squaredError as never, { input, target }),
    /not the function squaredError \(call it: squaredError\(\)\)/,
  ],
  "a loss without its call in train()": [
    () => wrong.train({ ...run, loss: squaredError }),
    /call it: squaredError\(\)/,
  ],
  "a loss by its name": [
    () => wrong.train({ ...run, loss: "mse" }),
    /a loss, such as squaredError\(\) makes, not "mse"/,
  ],
  "an optimizer without its call": [
    () => wrong.train({ ...run, optimizer: adam }),
    /call it: adam\(\)/,
  ],
  "an optimizer by its name": [
    () => wrong.train({ ...run, optimizer: "adam" }),
    /an optimizer, such as adam\(\) makes, not "adam"/,
  ],
  "a layer without its call": [
    () => wrong.sequential({ input: [2] }, [dense(2), relu]),
    /layer 2 .*call it: relu\(\)/,
  ],
  "a layer by its name": [
    () => wrong.sequential({ input: [2] }, ["dense"]),
    /a layer, such as dense\(10\) makes, not "dense"/,
  ],
  "a stop rule without its call": [
    () => wrong.cg(api.diagonal(tensor([1, 2])), tensor([1, 2]), { stop: api.martens }),
    /call it: martens\(\)/,
  ],
  "a metric without its call": [
    () => wrong.evaluate(model, loss, points, { metrics: [api.accuracy] }),
    /call it: accuracy\(\)/,
  ],
  "an initializer without its call": [
    () => wrong.sequential({ input: [2] }, [dense(2, { initializer: api.heNormal as never })]),
    /called where it is given, as heNormal\(\)/,
  ],
  "an initializer of an lstm without its call": [
    () =>
      wrong.sequential({ input: [2, 2] }, [api.lstm(2, { initializer: api.heNormal as never })]),
    /called where it is given, as heNormal\(\)/,
  ],
  "momentum without its call": [
    () => wrong.sgd({ momentum: api.heavyBall }),
    /call it: heavyBall\(\)/,
  ],
  "momentum as a string": [() => wrong.sgd({ momentum: "0.9" }), /heavyBall\(0\.9\).*, not "0\.9"/],
  "a store without its call": [
    () => wrong.loadCheckpoint(api.memoryStore),
    /call it: memoryStore\(\)/,
  ],
  "a method without its call": [
    () => {
      using lin = model.linearize(loss, { input, target });
      return lin.jvp(lin.gradient as never);
    },
    /call it: gradient\(\)/,
  ],
  // what is not there yet
  "a checkpoint without await": [
    () => wrong.restore(bytes, { model, optimizer }),
    /not a Promise \(await it\)/,
  ],
  "a checkpoint without await, saved": [
    () => wrong.saveCheckpoint(api.memoryStore(), bytes),
    /not a Promise \(await it\)/,
  ],
  "weights without await": [
    () => wrong.load(model, Promise.resolve(new Uint8Array())),
    /not a Promise \(await it\)/,
  ],
  "resuming without await": [
    () => wrong.train({ ...run, resume: bytes }),
    /not a Promise \(await it\)/,
  ],
  "data without await": [
    () => wrong.train({ ...run, data: Promise.resolve(points) }),
    /not a Promise \(await it\)/,
  ],
  "an ArrayBuffer for bytes": [
    () => wrong.load(model, new ArrayBuffer(8)),
    /an ArrayBuffer: new Uint8Array\(\) looks at it/,
  ],
  // arrays for tensors
  "nested arrays in predict()": [
    () => model.predict([[1, 2]] as never),
    /input must be a tensor, not an array \(tensor\(\) makes a tensor of it\)/,
  ],
  "nested arrays in linearize()": [
    () => model.linearize(loss, { input: [[1, 2]], target } as never),
    /tensor\(\) makes a tensor of it/,
  ],
  "a typed array in predict()": [
    () => model.predict(new Float32Array(2) as never),
    /a Float32Array \(tensor\(\) makes a tensor of it\)/,
  ],
  "an array as a right-hand side": [
    () => wrong.cg(api.identityOperator(2), [1, 2]),
    /tensor\(\) makes a tensor of it/,
  ],
  "a tensor for an operator": [
    () => wrong.cg(input, tensor([1, 2])),
    /a LinearOperator, as denseOperator\(\) makes of a tensor, not a Tensor/,
  ],
  "a tensor that was disposed": [
    () => {
      const gone = tensor([[1, 2]]);
      gone.dispose();
      return model.predict(gone);
    },
    /the input, a tensor of \(1, 2\): it was disposed/,
  ],
  // shapes
  "one sample without the axis of the batch": [
    () => model.predict(tensor([1, 2])),
    /one sample is a batch too, input\.view\(\[1, 2\]\)/,
  ],
  "images (28, 28) for 784 inputs": [
    () => flat.predict(api.zeros([3, 28, 28])),
    /input\.view\(\[3, 784\]\) has that shape/,
  ],
  "images with channels first": [
    () => images.predict(api.zeros([2, 3, 4, 6])),
    /channels of images come last/,
  ],
  "images without channels": [
    () => wrong.sequential({ input: [28, 28] }, [api.conv2d(2, { kernel: 3 })]),
    /height, width and channels, as \(28, 28, 1\)/,
  ],
  "dense on images": [() => wrong.sequential({ input: [4, 4, 1] }, [dense(2)]), /use flatten\(\)/],
  "no samples": [() => model.predict(api.zeros([0, 2])), /B at least 1/],
  "a number for the shape of inputs": [
    () => wrong.sequential({ input: 784 }, [dense(2)]),
    /input must be an array of sizes such as \[28, 28, 1\], not 784/,
  ],
  "layers without options": [
    () => wrong.sequential([dense(2)]),
    /an object such as \{ input: \[784\] \}/,
  ],
  "layers that are no array": [
    () => wrong.sequential({ input: [2] }, dense(2), relu()),
    /an array such as \[dense\(10\), relu\(\)\]/,
  ],
  "a kernel that is no option": [() => wrong.conv2d(8, 3), /an object such as \{ kernel: 3 \}/],
  "targets (B) for outputs (B, 1)": [
    () => model.linearize(loss, { input, target: tensor([1, 0]) }),
    /target\.view\(\[2, 1\]\) has that shape/,
  ],
  "class indices for the squared error": [
    () => classifier.linearize(loss, { input, target: tensor([1, 0]) }),
    /class indices are for softmaxCrossEntropy\(\)/,
  ],
  "class indices (B, 1)": [
    () => classifier.linearize(api.softmaxCrossEntropy(), { input, target }),
    /be class indices \(2\), not \(2, 1\): target\.view\(\[2\]\)/,
  ],
  "classes counted from 1": [
    () => classifier.linearize(api.softmaxCrossEntropy(), { input, target: tensor([1, 3]) }),
    /class of sample 1 is 3, not one of 0 to 2/,
  ],
  "float64 inputs": [
    () => model.predict(tensor([[1, 2]], { dtype: "float64" })),
    /cast\(input, "float32"\), or make the model with dtype: "float64"/,
  ],
  "float64 targets": [
    () => model.linearize(loss, { input, target: tensor([[1], [2]], { dtype: "float64" }) }),
    /cast\(target, "float32"\)/,
  ],
  // numbers
  "a rate from a form": [
    () => wrong.adam({ learningRate: "0.1" }),
    /a number, not "0\.1" \(Number\(\) makes a number of it\)/,
  ],
  "a count from a form": [() => wrong.dense("4"), /Number\(\) makes a number of it/],
  "strings of a CSV file": [
    () => wrong.dataset({ input: ["5.1", "3"], target: [0], inputShape: [2] }),
    /input number 0 must be a number, not "5\.1" \(Number\(\) makes a number of it\)/,
  ],
  "strings in a tensor": [
    () => wrong.tensor([["1", "2"]]),
    /element 0 must be a number, not "1" \(Number\(\)/,
  ],
  "a bigint": [() => wrong.zeros([2n]), /a bigint \(Number\(\) makes a number of it\)/],
  "bigints in a tensor": [
    () => wrong.tensor(new BigInt64Array(2)),
    /Number\(\) makes a number of it/,
  ],
  "no data at all": [
    () => wrong.dataset({ input: [], target: [], inputShape: [2] }),
    /0 numbers of input are not samples of shape \(2\)/,
  ],
  "a larger batch than the data": [
    () => wrong.train({ ...run, batchSize: 32 }),
    /batchSize is 32, but there are only 2 samples/,
  ],
  // data sets
  "a pair of tensors for a data set": [
    () => wrong.evaluate(model, loss, { input, target }),
    /which dataset\(\) makes of arrays and datasetFromTensors\(\) of tensors/,
  ],
  "a tensor for a data set": [
    () => wrong.evaluate(model, loss, input),
    /datasetFromTensors\(\) of tensors, not a Tensor without fill\(\)/,
  ],
  "both data sets for one": [
    () => wrong.train({ ...run, data: api.curves({ train: 2, test: 1 }) }),
    /one of both data sets, train or test/,
  ],
  "one data set to evaluate, without a name": [
    () => wrong.train({ ...run, evaluate: points }),
    /write evaluate: \{ test \}/,
  ],
  "nested arrays in dataset()": [
    () => wrong.dataset({ input: [[1, 2]], target: [0], inputShape: [2] }),
    /not an array; input\.flat\(\)/,
  ],
  "tensors in dataset()": [
    () => wrong.dataset({ input, target, inputShape: [2] }),
    /datasetFromTensors\(\) takes tensors/,
  ],
  "no shape in dataset()": [
    () => wrong.dataset({ input: [1, 2], target: [0] }),
    /inputShape must be an array of sizes/,
  ],
  "numbers to fit without their shape": [
    () => wrong.dataset({ input: [1, 2], target: [0.5, 1.5], inputShape: [1] }),
    /numbers to fit have targetShape: \[1\]/,
  ],
  "one-hot targets without their shape": [
    () => wrong.dataset({ input: [1, 2], target: [0, 1, 1, 0], inputShape: [1] }),
    /targets of 2 numbers have targetShape: \[2\]/,
  ],
  // what comes first
  "the model before the options of train()": [
    () => wrong.train(model, run),
    /the options are a Model/,
  ],
  "the options of a step before the state": [
    () => optimizer.step(model as never, run as never),
    /an OptimizerState that init\(model\) of this optimizer made, not a Model/,
  ],
  "a loss for a model": [
    () => wrong.evaluate(loss, model, points),
    /a Model, which sequential\(\) makes, not an object/,
  ],
  "a model for a linearization": [
    () => wrong.gaussNewton(model),
    /a Linearization, which model\.linearize\(\) makes, not a Model/,
  ],
  "the curve of SciPy": [
    () => wrong.curveFit((at: number, a: number, b: number) => a + b * at, x, y, { start: [1, 1] }),
    /takes 3 arguments.* write \(\[a, b\], x\) => …/,
  ],
  "points before the curve": [
    () => wrong.curveFit(x, y, line, { start: [1, 1] }),
    /not an array: curveFit\(curve, x, y, \{ start \}\)/,
  ],
  "a start that is no option": [
    () => wrong.curveFit(line, x, y, [1, 1]),
    /an object with the start, as \{ start: \[1, 1\] \}, not an array/,
  ],
  "the point before the parameters": [
    () => curveFit((at, p) => Number(p) * Number(at[1]), x, y, { start: [1] }),
    /curve\(parameters, x\) at the start and x\[0\] is not finite/,
  ],
};

/** At least so many, whatever becomes of the list. */
const LEAST_MISTAKES = 70;

async function messageOf(made: () => unknown): Promise<string> {
  try {
    await made();
    return "went through";
  } catch (error) {
    const { name, message } = error as Error;
    const isTyped = error instanceof TypeError || error instanceof RangeError;
    const isOurs = isTyped || error instanceof api.DisposedError;
    return isOurs && GRAMMAR.test(message) ? message : `${name}: ${message}`;
  }
}

for (const [mistake, [made, wayOut]] of Object.entries(MISTAKES)) {
  test(`a message shows the way out: ${mistake}`, async () => {
    const message = await messageOf(made);
    ok(GRAMMAR.test(message) && wayOut.test(message), message);
  });
}

test("names that are undefined are absent, known or not", async () => {
  using product = wrong.matmul(input, input, { out: undefined, alpha: undefined });
  ok(product.size === 4, "a product");
  const { model: _, ...parts } = run;
  const more = { ...parts, model, seed: undefined, signal: undefined, verbose: undefined };
  for await (const { step } of wrong.train(more)) ok(step === 1, "a step");
});

test("the mistakes are many", () => {
  const count = Object.keys(MISTAKES).length;
  ok(count >= LEAST_MISTAKES, `only ${count}`);
});
