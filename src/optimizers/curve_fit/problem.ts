// A curve with its data: weighted residuals and their derivatives in the parameters, in float64.

/** A function of parameters and a point. */
export type Curve<X> = (parameters: readonly number[], x: X) => number;

/** Its derivatives in the parameters. */
export type CurveGradient<X> = (parameters: readonly number[], x: X) => ArrayLike<number>;

/** Step of a central difference, relative to the parameter: about ε^(1/3), where truncation and rounding meet. */
const DIFFERENCE_STEP = 1 / 131072;

/** What is fitted to what. */
export interface CurveData<X> {
  /** The function. */
  readonly curve: Curve<X>;
  /** Its derivatives, or undefined for differences. */
  readonly gradient: CurveGradient<X> | undefined;
  /** Points (m). */
  readonly x: ArrayLike<X>;
  /** Values there (m). */
  readonly y: ArrayLike<number>;
  /** Square roots of the weights (m), or undefined where all are 1. */
  readonly roots: Float64Array | undefined;
}

/** ‖√w y‖. */
export function sizeOfValues<X>({ y, roots }: CurveData<X>): number {
  let squares = 0;
  for (let i = 0; i < y.length; i++) {
    const value = roots ? roots[i] * y[i] : y[i];
    squares += value * value;
  }
  return Math.sqrt(squares);
}

/** out = √w (y - f(p)); returns half the sum of squares. */
export function residuals<X>(data: CurveData<X>, p: readonly number[], out: Float64Array): number {
  const { curve, x, y, roots } = data;
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    const plain = y[i] - curve(p, x[i]);
    const r = roots ? roots[i] * plain : plain;
    out[i] = r;
    sum += r * r;
  }
  return sum / 2;
}

/** out = the derivatives of √w f, column after column (m each). */
export function derivatives<X>(data: CurveData<X>, p: readonly number[], out: Float64Array): void {
  const { gradient } = data;
  if (gradient) analytic(data, gradient, p, out);
  else differences(data, p, out);
}

function analytic<X>(
  { x, roots }: CurveData<X>,
  gradient: CurveGradient<X>,
  p: readonly number[],
  out: Float64Array,
): void {
  const n = p.length, m = out.length / n;
  for (let i = 0; i < m; i++) {
    const row = gradient(p, x[i]);
    if (row.length !== n) {
      throw new TypeError(
        `Cannot fit a curve: jacobian gives ${row.length} derivatives for ${n} parameters`,
      );
    }
    const root = roots ? roots[i] : 1;
    for (let j = 0; j < n; j++) out[j * m + i] = root * row[j];
  }
}

function differences<X>(
  { curve, x, roots }: CurveData<X>,
  p: readonly number[],
  out: Float64Array,
): void {
  const n = p.length, m = out.length / n;
  const moved = [...p];
  for (let j = 0; j < n; j++) {
    const h = DIFFERENCE_STEP * (p[j] === 0 ? 1 : Math.abs(p[j]));
    const [above, below] = [p[j] + h, p[j] - h];
    const scale = 1 / (above - below); // what was really stepped, rounding included
    const column = j * m;
    moved[j] = above;
    for (let i = 0; i < m; i++) out[column + i] = curve(moved, x[i]);
    moved[j] = below;
    for (let i = 0; i < m; i++) {
      const slope = (out[column + i] - curve(moved, x[i])) * scale;
      out[column + i] = roots ? roots[i] * slope : slope;
    }
    moved[j] = p[j];
  }
}
