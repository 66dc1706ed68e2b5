import { withDefaults } from "../../runtime/arguments.ts";
import { checkNumber, checkSchedules, type Domains, type Schedule, valuesAt } from "../schedule.ts";

/** Settings of `lbfgs()`. */
export interface LbfgsOptions {
  /** Pairs that are kept (m). @default 10 */
  readonly memory?: number;
  /** c1: the share of the slope by which the objective must fall, below `curvature`. @default 1e-4 */
  readonly sufficientDecrease?: Schedule;
  /** c2: the share of the slope that may be left. @default 0.9 */
  readonly curvature?: Schedule;
  /** Lengths that the line search tries at most. @default 25 */
  readonly maxEvaluations?: Schedule;
  /** L2 coefficient of the objective. @default 0 */
  readonly l2?: Schedule;
}

/** The settings with defaults filled in. */
export type LbfgsSettings = Required<LbfgsOptions>;

const DOMAINS = Object.freeze(
  {
    sufficientDecrease: "proper",
    curvature: "proper",
    maxEvaluations: "count",
    l2: "non-negative",
  } satisfies Domains<string>,
);

const DEFAULTS: LbfgsSettings = Object.freeze({
  memory: 10,
  sufficientDecrease: 1e-4,
  curvature: 0.9,
  maxEvaluations: 25,
  l2: 0,
});

/** Fills defaults in and refuses what is out of range. */
export function lbfgsSettings(options: LbfgsOptions): LbfgsSettings {
  const settings = withDefaults("use lbfgs", options, DEFAULTS);
  checkNumber("lbfgs", "memory", settings.memory, "count");
  checkSchedules("lbfgs", settings, DOMAINS);
  const { sufficientDecrease, curvature } = settings;
  if (typeof sufficientDecrease === "number" && typeof curvature === "number") {
    checkOrder(sufficientDecrease, curvature);
  }
  return settings;
}

/** The values of the options at a step. */
export function lbfgsValues(
  settings: LbfgsSettings,
  step: number,
): Record<keyof typeof DOMAINS, number> {
  const values = valuesAt("lbfgs", settings, DOMAINS, step);
  checkOrder(values.sufficientDecrease, values.curvature);
  return values;
}

/** Only then is there always a length that both conditions hold at. */
function checkOrder(sufficientDecrease: number, curvature: number): void {
  if (sufficientDecrease < curvature) return;
  throw new RangeError(
    `Cannot use lbfgs: sufficientDecrease must be below curvature, ${curvature}, not ${sufficientDecrease}`,
  );
}
