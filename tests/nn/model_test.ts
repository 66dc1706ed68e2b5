import { clone, memoryUsage, sequential, squaredError, type Tensor } from "../../mod.ts";
import { dense, flatten, identity, relu, reshape } from "../../mod.ts";
import { allNear, equal, near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf, twin } from "../_support/twins.ts";
import { outputOf } from "../oracles/mlp.ts";

const LAYERS = [{ units: 6, activation: "tanh" }, { units: 3 }] as const;

test("predict() applies the network to any number of samples", () => {
  for (const dtype of DTYPES) {
    const { model, net, weights } = twin({ inputs: 4, layers: LAYERS, dtype });
    for (const samples of [1, 5, 64]) {
      const x = randomRows(1, samples, 4);
      using input = tensorOf(x, dtype);
      using output = model.predict(input);
      equal([output.shape, output.dtype], [[samples, 3], dtype]);
      const expected = x.flatMap((row) => outputOf(net, weights(), row));
      allNear(output.data, expected, identityBound(dtype));
      const [first] = [...output.data];
      using single = model.predict(tensorOf([x[0]], dtype));
      near(single.data[0], first, identityBound(dtype), "one sample alone");
    }
    model.dispose();
  }
});

test("predict() leaves its result to the caller, whatever comes after", () => {
  const { model } = twin({ inputs: 4, layers: LAYERS, dtype: "float32" });
  using a = tensorOf(randomRows(1, 5, 4), "float32");
  using b = tensorOf(randomRows(2, 5, 4), "float32");
  using first = model.predict(a);
  using kept = clone(first);
  model.predict(b).dispose();
  equal([...first.data], [...kept.data]);
  const before = memoryUsage().liveBytes;
  for (let i = 0; i < 10; i++) model.predict(b).dispose();
  equal(memoryUsage().liveBytes, before, "live bytes");
  model.dispose();
});

test("linearizations of one model live side by side, of equal and other batch sizes", () => {
  for (const dtype of DTYPES) {
    const { model } = twin({ inputs: 4, layers: LAYERS, dtype });
    const batches = [3, 3, 7].map((samples, i) => ({
      input: tensorOf(randomRows(10 + i, samples, 4), dtype),
      target: tensorOf(randomRows(20 + i, samples, 3), dtype),
    }));
    using v = randomVector(5, model.parameterCount, dtype);
    const alone = batches.map((batch) => {
      using lin = model.linearize(squaredError(), batch);
      return [lin.loss, ...lin.gradient().data, ...lin.jvp(v).data, ...lin.hvp(v).data];
    });
    const together = batches.map((batch) => model.linearize(squaredError(), batch));
    const parts: Tensor[][] = together.map((lin) => [lin.gradient()]);
    for (const [i, lin] of together.entries()) parts[i].push(lin.jvp(v));
    for (const [i, lin] of together.toReversed().entries()) parts[2 - i].push(lin.hvp(v));
    for (const [i, lin] of together.entries()) {
      equal([lin.loss, ...parts[i].flatMap((t) => [...t.data])], alone[i], `batch ${i}`);
      lin.dispose();
    }
    model.dispose();
  }
});

test("linearizing again and again takes no more memory", () => {
  const { model } = twin({ inputs: 4, layers: LAYERS, dtype: "float32" });
  using input = tensorOf(randomRows(1, 5, 4), "float32");
  using target = tensorOf(randomRows(2, 5, 3), "float32");
  using v = randomVector(3, model.parameterCount, "float32");
  const once = (): void => {
    using lin = model.linearize(squaredError(), { input, target });
    for (const t of [lin.gradient(), lin.jvp(v), lin.vjp(target), lin.hvp(v)]) t.dispose();
  };
  once();
  const { liveBytes, reservedBytes, peakBytes } = memoryUsage();
  for (let i = 0; i < 20; i++) once();
  const after = memoryUsage();
  equal([after.liveBytes, after.reservedBytes, after.peakBytes], [
    liveBytes,
    reservedBytes,
    peakBytes,
  ]);
  model.dispose();
});

test("layers that only look at their input change no number", () => {
  const layers = [dense(6), relu(), dense(3)];
  using plain = sequential({ input: [4], seed: 5 }, layers);
  using viewed = sequential({ input: [2, 2], seed: 5 }, [
    flatten(),
    layers[0],
    identity(),
    relu(),
    reshape([2, 3]),
    flatten(),
    layers[2],
    reshape([3, 1]),
    flatten(),
  ]);
  const rows = randomRows(1, 5, 4);
  using input = tensorOf(rows, "float32");
  using image = input.view([5, 2, 2]);
  using target = tensorOf(randomRows(2, 5, 3), "float32");
  using a = plain.linearize(squaredError(), { input, target });
  using b = viewed.linearize(squaredError(), { input: image, target });
  using v = randomVector(3, plain.parameterCount, "float32");
  const numbers = (lin: typeof a): number[] => [
    lin.loss,
    ...lin.gradient().data,
    ...lin.jvp(v).data,
    ...lin.vjp(target).data,
    ...lin.hvp(v).data,
  ];
  equal(numbers(b), numbers(a));
});

test("activations before the first and after the last site, and a model without sites", () => {
  using bent = sequential({ input: [3], seed: 1, dtype: "float64" }, [relu(), dense(2), relu()]);
  using input = tensorOf([[1, -2, 3]], "float64");
  using target = tensorOf([[0, 0]], "float64");
  using lin = bent.linearize(squaredError(), { input, target });
  const { weight } = bent.sites[0];
  const z = [0, 1].map((i) =>
    weight.data[4 * i] + 3 * weight.data[4 * i + 2] + weight.data[4 * i + 3]
  );
  using gradient = lin.gradient();
  const g = z.map((value) => Math.max(value, 0));
  allNear(
    gradient.data,
    g.flatMap((value) => [value, 0, 3 * value, value]),
    identityBound("float64"),
  );
  using still = sequential({ input: [2] }, [relu(), identity()]);
  using x = tensorOf([[1, -1]], "float32");
  using y = still.predict(x);
  equal([...y.data], [1, 0]);
  using nothing = still.linearize(squaredError(), { input: x, target: y });
  equal([nothing.loss, nothing.gradient().size, nothing.sites.length], [0, 0, 0]);
  ok(still.parameterCount === 0, "no parameters");
});

test("the networks of the literature have their numbers of parameters", () => {
  const autoencoder = (widths: number[]) =>
    sequential({ input: [widths[0]] }, widths.slice(1).map((units) => dense(units)));
  using mnist = autoencoder([784, 1000, 500, 250, 30, 250, 500, 1000, 784]);
  using curves = autoencoder([784, 400, 200, 100, 50, 25, 6, 25, 50, 100, 200, 400, 784]);
  equal([mnist.parameterCount, curves.parameterCount], [2837314, 842340]);
});
