// The order in which the remainder of an expansion shrinks with the step: 2 after a right gradient, 1 after a
// wrong one.

/** Exponents of two of the steps. */
const EXPONENTS = [4, 5, 6, 7, 8, 9, 10];

/**
 * The least-squares slope of log2 of the remainders over log2 of the steps; undefined where fewer than three are
 * above the `floor` of roundoff.
 */
export function taylorSlope(remainder: (h: number) => number, floor: number): number | undefined {
  const points = EXPONENTS.map((e): [number, number] => [-e, Math.abs(remainder(halves(e)))])
    .filter(([, size]) => size > floor && Number.isFinite(size))
    .map(([x, size]): [number, number] => [x, binaryLogarithm(size)]);
  if (points.length < 3) return undefined;
  const mean = (i: 0 | 1): number => points.reduce((sum, p) => sum + p[i], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const across = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return across / points.reduce((sum, [x]) => sum + (x - mx) * (x - mx), 0);
}

function halves(count: number): number {
  let h = 1;
  for (let i = 0; i < count; i++) h /= 2;
  return h;
}

/** log2 of a positive number to three digits: its exponent, then binary digits by squaring. */
function binaryLogarithm(x: number): number {
  let exponent = 0;
  for (; x >= 2; x /= 2) exponent++;
  for (; x < 1; x *= 2) exponent--;
  let digits = 0, digit = 0.5;
  for (let i = 0; i < 10; i++, digit /= 2) {
    x *= x;
    if (x < 2) continue;
    digits += digit;
    x /= 2;
  }
  return exponent + digits;
}
