// Sums of products with twice the digits of float64, the ruler for float64 kernels.
// Source: Ogita, Rump and Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005), algorithms 3.3 and 5.3.

const SPLITTER = 2 ** 27 + 1;

/** The unevaluated sum high + low. */
export class DoubleDouble {
  high = 0;
  low = 0;

  /** Adds a b, exact but for a relative error of about 2^-104. */
  addProduct(a: number, b: number): this {
    const product = a * b;
    const aTop = SPLITTER * a, aHigh = aTop - (aTop - a), aLow = a - aHigh;
    const bTop = SPLITTER * b, bHigh = bTop - (bTop - b), bLow = b - bHigh;
    const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
    const sum = this.high + product;
    const part = sum - this.high;
    this.low += this.high - (sum - part) + (product - part) + error;
    this.high = sum;
    return this;
  }

  /** The sum rounded to float64. */
  get value(): number {
    return this.high + this.low;
  }
}
