import { averagePool2d, globalAveragePool2d, maxPool2d, sequential } from "../../../mod.ts";
import { allNear, equal, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { gamma } from "../../_support/tolerance.ts";
import { DTYPES, randomRows } from "../../_support/twins.ts";
import { averagePool, maxPool, type WindowOracle } from "../../oracles/convolution.ts";
import { inner, LayerProbe, smallIntegers } from "../_bound_layer.ts";

const [HEIGHT, WIDTH] = [7, 5];

interface PoolingCase {
  readonly size: number;
  readonly options: { readonly stride: number; readonly padding: number };
  readonly windows: WindowOracle;
  readonly what: string;
}

/** Every size, stride and padding of 1 to 3, over channels that fill vectors and that do not. */
function* everyCase(batch: number): Generator<PoolingCase> {
  for (const channels of [1, 4, 7]) {
    for (const size of [1, 2, 3]) {
      for (const stride of [1, 2, 3]) {
        for (let padding = 0; padding < size; padding++) {
          const count = (extent: number): number =>
            Math.floor((extent + 2 * padding - size) / stride) + 1;
          yield {
            size,
            options: { stride, padding },
            windows: {
              shape: [batch, HEIGHT, WIDTH, channels],
              kernel: [size, size],
              stride,
              before: [padding, padding],
              dilation: 1,
              output: [count(HEIGHT), count(WIDTH)],
            },
            what: `size ${size}, stride ${stride}, padding ${padding}, channels ${channels}`,
          };
        }
      }
    }
  }
}

const numbers = (seed: number, size: number): number[] => randomRows(seed, 1, size)[0];

test("maxPool2d() takes the first maximum; tangents and cotangents go through its place, exactly", () => {
  for (const dtype of DTYPES) {
    for (const { size, options, windows, what } of everyCase(2)) {
      const layer = maxPool2d(size, options), { shape } = windows;
      using probe = new LayerProbe({ layer, dtype, shape });
      const { size: elements } = probe.input;
      // Small integers: every window has equal elements.
      for (const x of [smallIntegers(1, elements), numbers(1, elements)]) {
        const { values, places } = maxPool(windows, x);
        equal([...probe.forward(x).data], [...values], what);
        const t = numbers(2, elements);
        equal([...probe.push(t).data], places.map((place) => t[place]), `tangent, ${what}`);
        const u = smallIntegers(3, values.length);
        const expected = new Array<number>(elements).fill(0);
        for (const [i, place] of places.entries()) expected[place] += u[i];
        equal([...probe.pull(u).data], expected, `cotangent, ${what}`);
      }
    }
  }
});

test("maxPool2d() lets padding never win, and NaN always", () => {
  for (const dtype of DTYPES) {
    const layer = maxPool2d(2, { padding: 1 });
    using probe = new LayerProbe({ layer, dtype, shape: [1, 2, 2, 5] });
    const x = Array.from({ length: 20 }, (_, i) => -1 - i);
    equal([...probe.forward(x).data], x, "negative elements beside padding");
    const whole = maxPool2d(2);
    using pool = new LayerProbe({ layer: whole, dtype, shape: [1, 2, 2, 5] });
    for (const place of [0, 5, 10, 15]) {
      const poisoned = x.map((value, i) => i === place || i === place + 4 ? NaN : value);
      const { data } = pool.forward(poisoned);
      equal([...data].map(Number.isNaN), [true, false, false, false, true], `pixel ${place / 5}`);
    }
  }
});

test("averagePool2d() counts padding as zeros; its transpose is exact in powers of two", () => {
  for (const dtype of DTYPES) {
    for (const batch of [1, 2]) {
      for (const { size, options, windows, what } of everyCase(batch)) {
        const layer = averagePool2d(size, options), { shape } = windows;
        using probe = new LayerProbe({ layer, dtype, shape });
        const { size: elements } = probe.input, bound = gamma(2 * size * size, dtype);
        const x = numbers(1, elements), t = numbers(2, elements);
        allNear(probe.forward(x).data, averagePool(windows, x), bound, what);
        allNear(probe.push(t).data, averagePool(windows, t), bound, `tangent, ${what}`);
        if (size === 3) continue;
        const u = smallIntegers(3, probe.bound.output.size), whole = smallIntegers(4, elements);
        const pushed = inner(probe.push(whole).data, u);
        equal(inner(probe.pull(u).data, whole), pushed, `transpose, ${what}`);
      }
    }
  }
});

test("the transpose of averagePool2d() spreads each cotangent evenly over its window", () => {
  for (const dtype of DTYPES) {
    for (const { size, options, windows, what } of everyCase(1)) {
      const layer = averagePool2d(size, options), { shape } = windows;
      using probe = new LayerProbe({ layer, dtype, shape });
      const { size: elements } = probe.input;
      const u = numbers(3, probe.bound.output.size);
      const expected = Array.from({ length: elements }, (_, i) => {
        const unit = new Float64Array(elements);
        unit[i] = 1;
        return inner(averagePool(windows, unit), u);
      });
      allNear(probe.pull(u).data, expected, gamma(4 * size * size, dtype), what);
    }
  }
});

test("globalAveragePool2d() is the mean over all pixels, and has no image left", () => {
  for (const dtype of DTYPES) {
    const shape = [3, HEIGHT, WIDTH, 6] as const;
    const layer = globalAveragePool2d();
    using probe = new LayerProbe({ layer, dtype, shape });
    const x = numbers(1, probe.input.size), bound = gamma(4, dtype);
    const windows: WindowOracle = {
      shape,
      kernel: [HEIGHT, WIDTH],
      stride: 1,
      before: [0, 0],
      dilation: 1,
      output: [1, 1],
    };
    const y = probe.forward(x);
    equal(y.shape, [3, 6]);
    allNear(y.data, averagePool(windows, x), bound);
    const u = numbers(2, y.size);
    const expected = x.map((_, i) => u[Math.floor(i / (HEIGHT * WIDTH * 6)) * 6 + i % 6] / 35);
    allNear(probe.pull(u).data, expected, bound);
  }
});

test("pooling refuses options that are none, by name", () => {
  for (const pool of [maxPool2d, averagePool2d]) {
    const make = (size: unknown, options?: unknown) => () => pool(size as number, options as never);
    throws(make(undefined), TypeError, /size/);
    throws(make("2"), TypeError, /size/);
    throws(make(0), RangeError, /size/);
    throws(make(1.5), RangeError, /size/);
    throws(make(2, { stride: 0 }), RangeError, /stride/);
    throws(make(2, { stride: "1" }), TypeError, /stride/);
    throws(make(2, { padding: -1 }), RangeError, /padding/);
    throws(make(2, { padding: "same" }), TypeError, /padding/);
    throws(make(2, { padding: 2 }), RangeError, /padding must be whole, from 0 to 1/);
  }
});

test("pooling refuses inputs that no window fits, when the model is made", () => {
  const layers = { maxPool2d: maxPool2d(3), averagePool2d: averagePool2d(3) };
  for (const [kind, layer] of Object.entries(layers)) {
    const make = (input: number[]) => () => sequential({ input }, [layer]);
    throws(make([9]), TypeError, new RegExp(`${kind}.*height, width and channels`));
    throws(make([2, 9, 1]), TypeError, /spans 3 rows, the padded input has 2/);
    throws(make([9, 2, 1]), TypeError, /spans 3 columns/);
  }
  throws(() => sequential({ input: [4] }, [globalAveragePool2d()]), TypeError, /globalAverage/);
  throws(() => sequential({ input: [0, 4, 1] }, [globalAveragePool2d()]), TypeError, /globalAve/);
  const tooMany = [4097, 4096, 1];
  throws(() => sequential({ input: tooMany }, [maxPool2d(2)]), TypeError, /pixels/);
});
