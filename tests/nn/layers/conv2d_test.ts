import {
  conv2d,
  flatten,
  type Layer,
  load,
  memoryUsage,
  type Padding,
  save,
  sequential,
  squaredError,
  zeros,
} from "../../../mod.ts";
import { allNear, equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { gamma } from "../../_support/tolerance.ts";
import { DTYPES, randomRows } from "../../_support/twins.ts";
import { convolve, type WindowOracle } from "../../oracles/convolution.ts";
import { inner, LayerProbe, smallIntegers, still } from "../_bound_layer.ts";

const FILTERS = 3;
const CHANNELS = 2;
const [HEIGHT, WIDTH] = [7, 6];

interface ConvolutionCase {
  readonly layer: Layer;
  readonly windows: WindowOracle;
  readonly what: string;
}

/** Rows or columns of zeros before an axis, and positions along it, by the definitions of padding. */
function alongAxis(size: number, taps: number, stride: number, dilation: number, padding: Padding) {
  const span = dilation * (taps - 1) + 1;
  if (padding !== "same") {
    const before = padding === "valid" ? 0 : padding;
    let count = 0;
    while (count * stride + span <= size + 2 * before) count++;
    return { before, count };
  }
  const count = Math.ceil(size / stride);
  const total = Math.max(0, (count - 1) * stride + span - size);
  return { before: Math.floor(total / 2), count };
}

/** Every kernel, stride, dilation and padding of 1 to 3, and the words for padding. */
function* everyCase(batch: number): Generator<ConvolutionCase> {
  const kernels = [[1, 1], [2, 2], [3, 3], [2, 3], [3, 1]] as const;
  for (const kernel of kernels) {
    for (const stride of [1, 2, 3]) {
      for (const dilation of [1, 2, 3]) {
        for (const padding of [0, 1, 2, 3, "same", "valid"] as const) {
          const rows = alongAxis(HEIGHT, kernel[0], stride, dilation, padding);
          const columns = alongAxis(WIDTH, kernel[1], stride, dilation, padding);
          if (rows.count < 1 || columns.count < 1) continue;
          yield {
            layer: conv2d(FILTERS, { kernel, stride, dilation, padding }),
            windows: {
              shape: [batch, HEIGHT, WIDTH, CHANNELS],
              kernel,
              stride,
              before: [rows.before, columns.before],
              dilation,
              output: [rows.count, columns.count],
            },
            what: `${kernel}, stride ${stride}, dilation ${dilation}, padding ${padding}`,
          };
        }
      }
    }
  }
}

test("conv2d() and its tangents are those of nested loops: every kernel, stride, dilation, padding", () => {
  for (const dtype of DTYPES) {
    for (const batch of [1, 3]) {
      for (const { layer, windows, what } of everyCase(batch)) {
        const { shape, output } = windows;
        using probe = new LayerProbe({ layer, dtype, shape });
        const { weights: [w], input: { size } } = probe;
        const [x, t] = [randomRows(1, 1, size)[0], randomRows(2, 1, size)[0]];
        const [weight, turn] = [randomRows(3, 1, w.size)[0], randomRows(4, 1, w.size)[0]];
        const bound = gamma(4 * w.size, dtype);
        equal(layer.outputShape(shape.slice(1)), [...output, FILTERS], what);
        const expected = convolve(windows, x, weight, FILTERS);
        allNear(probe.forward(x, [weight]).data, expected, bound, what);
        const pushed = convolve(windows, x, turn, FILTERS);
        const biases = w.size / FILTERS;
        const unbiased = weight.map((value, i) => i % biases === biases - 1 ? 0 : value);
        const moved = convolve(windows, t, unbiased, FILTERS);
        const tangent = pushed.map((value, i) => value + moved[i]);
        allNear(probe.push(t, [turn]).data, tangent, bound, `tangent, ${what}`);
      }
    }
  }
});

test("conv2d() pulls cotangents back by the exact transpose: integers", () => {
  for (const dtype of DTYPES) {
    for (const { layer, windows: { shape }, what } of everyCase(2)) {
      using probe = new LayerProbe({ layer, dtype, shape });
      const { weights: [w], input: { size }, bound: { output } } = probe;
      const [x, t] = [smallIntegers(1, size), smallIntegers(2, size)];
      const u = smallIntegers(3, output.size);
      probe.forward(x, [smallIntegers(4, w.size)]);
      const pushed = inner(probe.push(t, [still(w)]).data, u);
      equal(inner(probe.pull(u).data, t), pushed, `${dtype}, ${what}`);
    }
  }
});

test("conv2d() without bias has one column less, and says how files keep W", () => {
  const input = [5, 4, 2];
  const [withBias] = conv2d(3, { kernel: [2, 3] }).sites(input);
  const [without] = conv2d(3, { kernel: [2, 3], bias: false }).sites(input);
  equal([withBias.inputs, withBias.hasBias, withBias.positions], [13, true, 8]);
  equal([without.inputs, without.hasBias, without.fanOut], [12, false, 18]);
  equal(withBias.arrays.map(({ name, shape }) => [name, shape]), [
    ["weight", [3, 2, 2, 3]],
    ["bias", [3]],
  ]);
  equal(without.arrays.length, 1);
  // PyTorch has channel, row, column; W has row, column, channel.
  const [weight, bias] = withBias.arrays;
  const columns = Array.from({ length: 12 }, (_, i) => weight.column(i));
  equal(columns, [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
  equal(bias.column(0), 12);
});

test("load() takes back a convolution that save() wrote, to the bit", () => {
  const make = (seed: number) => sequential({ input: [5, 4, 2], seed }, [conv2d(3, { kernel: 2 })]);
  using model = make(1);
  using other = make(2);
  load(other, save(model));
  equal([...other.parameters.data], [...model.parameters.data]);
});

test("conv2d() refuses options that are none, by name", () => {
  const make = (filters: unknown, options: unknown) => () =>
    conv2d(filters as number, options as { kernel: number });
  throws(make("3", { kernel: 3 }), TypeError, /filters/);
  for (const filters of [0, -1, 2.5, NaN]) {
    throws(make(filters, { kernel: 3 }), RangeError, /filters must be whole/);
  }
  throws(make(3, undefined), TypeError, /options/);
  throws(make(3, {}), TypeError, /kernel/);
  throws(make(3, { kernel: [3, 3, 3] }), TypeError, /one number or two/);
  throws(make(3, { kernel: [3] }), TypeError, /kernel/);
  for (const option of ["kernel", "stride", "dilation"]) {
    throws(make(3, { kernel: 3, [option]: "2" }), TypeError, new RegExp(option));
    for (const value of [0, -1, 1.5, Infinity]) {
      throws(make(3, { kernel: 3, [option]: value }), RangeError, new RegExp(option));
    }
  }
  throws(make(3, { kernel: 3, padding: "full" }), TypeError, /"same", "valid" or a number/);
  throws(make(3, { kernel: 3, padding: -1 }), RangeError, /padding/);
  throws(make(3, { kernel: 3, padding: 0.5 }), RangeError, /padding/);
  throws(make(3, { kernel: 3, bias: 1 }), TypeError, /bias/);
  throws(make(3, { kernel: 3, initializer: 1 }), TypeError, /initializer/);
});

test("conv2d() refuses inputs that no kernel fits, when the model is made", () => {
  const make = (input: number[], options: Parameters<typeof conv2d>[1]) => () =>
    sequential({ input }, [conv2d(2, options)]);
  throws(make([9], { kernel: 3 }), TypeError, /conv2d.*\(9\).*height, width and channels/);
  throws(make([9, 9], { kernel: 3 }), TypeError, /height, width and channels/);
  throws(make([0, 9, 1], { kernel: 3 }), TypeError, /height, width and channels/);
  throws(make([2, 9, 1], { kernel: 3 }), TypeError, /spans 3 rows, the padded input has 2/);
  throws(make([9, 2, 1], { kernel: 3 }), TypeError, /spans 3 columns, the padded input has 2/);
  throws(make([4, 9, 1], { kernel: 3, dilation: 2 }), TypeError, /spans 5 rows.*has 4/);
  throws(make([2, 2, 1], { kernel: 7, padding: 2 }), TypeError, /spans 7 rows.*has 6/);
  throws(make([2, 2, 1], { kernel: 1, padding: 2 ** 28 }), RangeError, /reach|positions/);
});

test("conv2d() keeps no matrix of patches, and a second pass allocates nothing", () => {
  const batchSize = 4, shape = [32, 32, 32];
  using model = sequential({ input: shape }, [
    conv2d(8, { kernel: 3, padding: "same" }),
    conv2d(1, { kernel: 3, stride: 4 }),
    flatten(),
  ]);
  using input = zeros([batchSize, ...shape]);
  using target = zeros([batchSize, ...model.output]);
  using v = zeros([model.parameterCount]);
  const products = (): void => {
    using lin = model.linearize(squaredError(), { input, target });
    lin.gradient(v);
    lin.hvp(v, v);
  };
  const before = memoryUsage().liveBytes;
  products();
  const after = memoryUsage();
  const patches = batchSize * 32 * 32 * 9 * 32 * Float32Array.BYTES_PER_ELEMENT;
  ok(after.liveBytes - before < patches / 2, `${after.liveBytes - before} bytes`);
  products();
  equal([memoryUsage().liveBytes, memoryUsage().peakBytes], [after.liveBytes, after.peakBytes]);
});
