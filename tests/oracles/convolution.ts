// Convolution and pooling by nested loops over numbers, channels last.

/** How windows lie: one number for both axes; `padding` before the image, rows and columns apart. */
export interface WindowOracle {
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  readonly kernel: readonly [rows: number, columns: number];
  readonly stride: number;
  readonly before: readonly [rows: number, columns: number];
  readonly dilation: number;
  readonly output: readonly [rows: number, columns: number];
}

type Visit = (from: number | undefined, to: number, tap: number) => void;

/** Visits every window element by first channel: its pixel in the input if it has one, and the window. */
function visit(
  { shape: [batch, height, width], kernel, stride, before, dilation, output }: WindowOracle,
  see: Visit,
): void {
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < output[0]; y++) {
      for (let x = 0; x < output[1]; x++) {
        for (let u = 0; u < kernel[0]; u++) {
          for (let v = 0; v < kernel[1]; v++) {
            const row = y * stride - before[0] + u * dilation;
            const column = x * stride - before[1] + v * dilation;
            const isInside = row >= 0 && row < height && column >= 0 && column < width;
            const from = isInside ? (n * height + row) * width + column : undefined;
            see(from, (n * output[0] + y) * output[1] + x, u * kernel[1] + v);
          }
        }
      }
    }
  }
}

/** The output of a convolution, W (filters, taps · channels + 1) with its bias last. */
export function convolve(
  windows: WindowOracle,
  input: ArrayLike<number>,
  weight: ArrayLike<number>,
  filters: number,
): Float64Array {
  const { shape: [batch, , , channels], kernel, output } = windows;
  const columns = kernel[0] * kernel[1] * channels + 1;
  const result = new Float64Array(batch * output[0] * output[1] * filters);
  result.forEach((_, i) => result[i] = weight[(i % filters + 1) * columns - 1]);
  visit(windows, (from, to, tap) => {
    if (from === undefined) return;
    for (let o = 0; o < filters; o++) {
      for (let c = 0; c < channels; c++) {
        const w = weight[o * columns + tap * channels + c];
        result[to * filters + o] += w * input[from * channels + c];
      }
    }
  });
  return result;
}

/** The largest element of each window and where in the input it is; the first one wins. */
export function maxPool(
  windows: WindowOracle,
  input: ArrayLike<number>,
): { values: Float64Array; places: number[] } {
  const { shape: [batch, , , channels], output } = windows;
  const values = new Float64Array(batch * output[0] * output[1] * channels).fill(-Infinity);
  const places = new Array<number>(values.length).fill(-1);
  visit(windows, (from, to) => {
    if (from === undefined) return;
    for (let c = 0; c < channels; c++) {
      const value = input[from * channels + c];
      if (value <= values[to * channels + c]) continue;
      values[to * channels + c] = value;
      places[to * channels + c] = from * channels + c;
    }
  });
  return { values, places };
}

/** The mean of each window; what lies outside the image is zero. */
export function averagePool(windows: WindowOracle, input: ArrayLike<number>): Float64Array {
  const { shape: [batch, , , channels], kernel, output } = windows;
  const result = new Float64Array(batch * output[0] * output[1] * channels);
  visit(windows, (from, to) => {
    if (from === undefined) return;
    for (let c = 0; c < channels; c++) {
      result[to * channels + c] += input[from * channels + c] / (kernel[0] * kernel[1]);
    }
  });
  return result;
}
