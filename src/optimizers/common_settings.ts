// Settings that every optimizer has.
import { checkSchedule, type Schedule, valueAt } from "./schedule.ts";

/** Step size and regularization, each a number or a function of the step. */
export interface CommonSettings {
  /** Step size. */
  readonly learningRate: Schedule;
  /** L2 coefficient, added to the gradient as l2 θ. */
  readonly l2: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. */
  readonly weightDecay: Schedule;
}

/** The common settings at one step. */
export interface CommonValues {
  readonly learningRate: number;
  readonly l2: number;
  readonly weightDecay: number;
}

const DOMAINS = Object.freeze({
  learningRate: "positive",
  l2: "non-negative",
  weightDecay: "non-negative",
});

/** Refuses common settings that are no numbers or out of range. */
export function checkCommon(optimizer: string, settings: CommonSettings): void {
  checkSchedule(optimizer, "learningRate", settings.learningRate, DOMAINS.learningRate);
  checkSchedule(optimizer, "l2", settings.l2, DOMAINS.l2);
  checkSchedule(optimizer, "weightDecay", settings.weightDecay, DOMAINS.weightDecay);
}

/** The values of the common settings at a step. */
export function commonAt(optimizer: string, settings: CommonSettings, step: number): CommonValues {
  const at = (option: keyof CommonSettings): number =>
    valueAt(optimizer, option, settings[option], step, DOMAINS[option]);
  return { learningRate: at("learningRate"), l2: at("l2"), weightDecay: at("weightDecay") };
}
