// The rule of Levenberg and Marquardt in the form of Martens 2010, section 4.1.

/** Reduction ratios below the first raise the damping, above the second lower it. */
const [POOR, GOOD] = [1 / 4, 3 / 4];

/** What a damping is multiplied by after a step; 1 where the ratio, 0 / 0, says nothing. */
export function dampingFactor(
  reductionRatio: number,
  { shrinkage, growth }: { readonly shrinkage: number; readonly growth: number },
): number {
  return reductionRatio > GOOD ? shrinkage : reductionRatio < POOR ? growth : 1;
}
