// Options that most methods have.

/** A value for each. */
export const COMMON = { learningRate: 0.25, l2: 0.25, weightDecay: 0.25 };
/** What they take. */
export const COMMON_DOMAINS = {
  learningRate: "positive",
  l2: "non-negative",
  weightDecay: "non-negative",
} as const;
/** What a momentum that is a number is. */
export const MOMENTUM_DOMAIN = { momentum: "fraction" } as const;
