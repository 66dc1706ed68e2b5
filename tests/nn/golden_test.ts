// A network of 31 parameters whose numbers an independent numpy implementation gave to 10 digits. The rule:
// parameter k = sin(k + 1) / 2, tangent k = cos(k + 1), input k = sin(0.7 (k + 1)).
import { dense, sequential, softmaxCrossEntropy, tanh, tensor, zeros } from "../../mod.ts";
import { norm } from "../../src/ops/vector.ts";
import { near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { GOLDEN_NETWORK_DIGITS } from "../_support/tolerance.ts";
import { dot } from "../oracles/matrices.ts";

const WIDTHS = [3, 4, 3];
const SAMPLES = 2;

/** Places of the weights, then the biases of each layer, in a vector whose rows end in their bias. */
function placesInOrderOfTheRule(): number[] {
  const places: number[] = [];
  let offset = 0;
  for (let i = 1; i < WIDTHS.length; i++) {
    const [inputs, units] = [WIDTHS[i - 1], WIDTHS[i]];
    const row = (unit: number): number => offset + unit * (inputs + 1);
    for (let u = 0; u < units; u++) for (let k = 0; k < inputs; k++) places.push(row(u) + k);
    for (let u = 0; u < units; u++) places.push(row(u) + inputs);
    offset += units * (inputs + 1);
  }
  return places;
}

test("a network of 31 parameters has the golden loss, gradient and Gauss-Newton product", () => {
  const bound = GOLDEN_NETWORK_DIGITS, places = placesInOrderOfTheRule();
  using model = sequential({ input: [3], dtype: "float64" }, [dense(4), tanh(), dense(3)]);
  using v = zeros([model.parameterCount], { dtype: "float64" });
  for (const [k, place] of places.entries()) {
    model.parameters.data[place] = 0.5 * Math.sin(k + 1);
    v.data[place] = Math.cos(k + 1);
  }
  model.parametersChanged();
  const inputs = Array.from({ length: SAMPLES * 3 }, (_, k) => Math.sin(0.7 * (k + 1)));
  using input = tensor(inputs, { shape: [SAMPLES, 3], dtype: "float64" });
  using target = tensor([0, 2], { dtype: "float64" });
  const loss = softmaxCrossEntropy();
  using lin = model.linearize(loss, { input, target });
  using gradient = lin.gradient();
  using jv = lin.jvp(v);
  near(lin.loss, 1.189329935815, bound, "loss");
  near(norm(gradient), 1.001841959367, bound, "norm of the gradient");
  [0.07398098, 0.106894598, 0.0895340163].forEach((expected, k) =>
    near(gradient.data[places[k]], expected, bound, `gradient ${k}`)
  );
  [-1.1054637269, -0.4207794171].forEach((expected, k) => near(jv.data[k], expected, bound, "J v"));

  using curved = zeros(jv.shape, { dtype: "float64" });
  loss.hessianProduct(lin.output, target, jv, curved);
  using product = lin.vjp(curved);
  const gv = [...product.data].map((x) => x / SAMPLES);
  [0.0501528563, -0.0669943943, -0.1526331345].forEach((expected, k) =>
    near(gv[places[k]], expected, bound, `G v ${k}`)
  );
  near(dot([...v.data], gv), 1.626468948439, bound, "vᵀ G v");
  const { sites } = lin;
  let squares = 0;
  for (const { inputs, outputGradients } of sites) {
    const width = outputGradients.shape[1];
    for (const [n, row] of inputs.toArray().entries()) {
      const g = outputGradients.data.slice(n * width, (n + 1) * width);
      squares += dot([...g], [...g]) * dot(row, row) / SAMPLES;
    }
  }
  near(squares, 2.295967416161, bound, "mean of squared per-sample gradients");
});
