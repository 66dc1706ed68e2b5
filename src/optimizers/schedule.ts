import { checkNumber as checkArgument, type Domain } from "../runtime/arguments.ts";

export type { Domain };

/** A number, or a function of the step (0, 1, 2, …) that gives one. */
export type Schedule = number | ((step: number) => number);

/** Refuses an option that is not a number of its domain. */
export function checkNumber(
  optimizer: string,
  option: string,
  value: unknown,
  domain: Domain,
): number {
  return checkArgument(`use ${optimizer}`, option, value, domain);
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
