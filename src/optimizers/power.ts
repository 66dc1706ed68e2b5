// Powers of decays, which bias corrections are made of: running products, since a power function of the host would differ
// between engines.

/** β^t as it was remembered; beyond 1 it would turn bias corrections around. */
export function powerOf(numbers: ReadonlyMap<string, number>, name: string): number {
  const power = numbers.get(name) ?? 1;
  if (power >= 0 && power <= 1) return power;
  throw new RangeError(`Cannot take a step: state "${name}" must be from 0 to 1, not ${power}`);
}
