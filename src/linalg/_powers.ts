import type { FloatArray } from "../runtime/dtype.ts";
import { kernels } from "../runtime/instance.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * values = values^exponent for a float64 tensor: by products, a root, or exp(exponent log values).
 *
 * Negative values of at most `allowance` count as zeros: eigenvalues of a semidefinite matrix are no better.
 */
export function powersInPlace(
  action: string,
  values: Tensor,
  exponent: number,
  allowance: number,
): void {
  const { data, pointer, size } = values;
  const isWhole = Number.isInteger(exponent);
  // In JavaScript: as many numbers as eigenvalues, whose decomposition costs their third power.
  for (let i = 0; i < size; i++) {
    if (data[i] < 0 && data[i] >= -allowance) data[i] = 0;
    if ((data[i] >= 0 || isWhole) && (data[i] !== 0 || exponent >= 0)) continue;
    throw new RangeError(`Cannot ${action}: ${data[i]} has no power of ${exponent}`);
  }
  const { exp, log, scal, sqrt } = kernels("float64");
  if (isWhole) wholePowers(data, exponent);
  else if (exponent === 0.5) sqrt(size, pointer, pointer);
  else {
    log(size, pointer, pointer);
    scal(size, exponent, pointer);
    exp(size, pointer, pointer);
  }
}

/** By repeated squaring. */
function wholePowers(values: FloatArray, exponent: number): void {
  // In JavaScript: as many numbers as eigenvalues, whose decomposition costs their third power.
  for (let i = 0; i < values.length; i++) {
    let power = 1, square = exponent < 0 ? 1 / values[i] : values[i];
    for (let rest = Math.abs(exponent); rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) power *= square;
      square *= square;
    }
    values[i] = power;
  }
}
