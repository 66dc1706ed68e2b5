/** A number, or a function of the step (0, 1, 2, …) that gives one. */
export type Schedule = number | ((step: number) => number);

/** What a scheduled value may be. */
export type Domain = "positive" | "proper" | "non-negative" | "fraction";

const DOMAINS: Readonly<Record<Domain, { holds: (value: number) => boolean; text: string }>> = {
  positive: { holds: (value) => value > 0, text: "positive and finite" },
  proper: { holds: (value) => value > 0 && value < 1, text: "positive and below 1" },
  "non-negative": { holds: (value) => value >= 0, text: "finite and not negative" },
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

/** Checks an option once, when it is a number; functions are checked at every step. */
export function checkSchedule(
  optimizer: string,
  option: string,
  schedule: Schedule,
  domain: Domain,
): void {
  if (typeof schedule !== "function") checkNumber(optimizer, option, schedule, domain);
}

/** The value of an option at a step. */
export function valueAt(
  optimizer: string,
  option: string,
  schedule: Schedule,
  step: number,
  domain: Domain,
): number {
  const value = typeof schedule === "function" ? schedule(step) : schedule;
  return checkNumber(optimizer, option, value, domain);
}

/** Refuses a count that is not whole and positive. */
export function checkCount(optimizer: string, option: string, value: unknown): void {
  checkNumber(optimizer, option, value, "positive");
  if (!Number.isInteger(value)) {
    throw new RangeError(`Cannot use ${optimizer}: ${option} must be whole, not ${value}`);
  }
}
