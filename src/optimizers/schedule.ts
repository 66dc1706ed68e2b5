/** A number, or a function of the step (0, 1, 2, …) that gives one. */
export type Schedule = number | ((step: number) => number);

/** What a scheduled value may be. */
export type Domain = "positive" | "proper" | "non-negative" | "fraction" | "count" | "whole";

const DOMAINS: Readonly<Record<Domain, { holds: (value: number) => boolean; text: string }>> = {
  positive: { holds: (value) => value > 0, text: "positive and finite" },
  proper: { holds: (value) => value > 0 && value < 1, text: "positive and below 1" },
  "non-negative": { holds: (value) => value >= 0, text: "finite and not negative" },
  count: { holds: (value) => value >= 1 && Number.isInteger(value), text: "whole and positive" },
  whole: { holds: (value) => value >= 0 && Number.isInteger(value), text: "whole, not negative" },
  fraction: { holds: (value) => value >= 0 && value < 1, text: "at least 0 and below 1" },
};

/** Refuses an option that is not a number of its domain. */
export function checkNumber(
  optimizer: string,
  option: string,
  value: unknown,
  domain: Domain,
): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use ${optimizer}: ${option} must be a number`);
  }
  const { holds, text } = DOMAINS[domain];
  if (!Number.isFinite(value) || !holds(value)) {
    throw new RangeError(`Cannot use ${optimizer}: ${option} must be ${text}, not ${value}`);
  }
  return value;
}

/** The options of an optimizer that may be schedules, each with what its values may be. */
export type Domains<Option extends string> = Readonly<Record<Option, Domain>>;

/** Checks options that are numbers once; those that are functions are checked at every step. */
export function checkSchedules<Option extends string>(
  optimizer: string,
  settings: Readonly<Record<NoInfer<Option>, Schedule>>,
  domains: Domains<Option>,
): void {
  for (const option of Object.keys(domains) as Option[]) {
    const schedule = settings[option];
    if (typeof schedule !== "function") {
      checkNumber(optimizer, option, schedule, domains[option]);
    }
  }
}

/** The values of options at a step. */
export function valuesAt<Option extends string>(
  optimizer: string,
  settings: Readonly<Record<NoInfer<Option>, Schedule>>,
  domains: Domains<Option>,
  step: number,
): Record<Option, number> {
  const options = Object.keys(domains) as Option[];
  return Object.fromEntries(options.map((option) => {
    const schedule = settings[option];
    const value = typeof schedule === "function" ? schedule(step) : schedule;
    return [option, checkNumber(optimizer, option, value, domains[option])];
  })) as Record<Option, number>;
}

/** What the options that every optimizer has may be. */
export const COMMON_DOMAINS = Object.freeze(
  {
    learningRate: "positive",
    l2: "non-negative",
    weightDecay: "non-negative",
  } satisfies Domains<string>,
);
