// Momentum as a value. All three keep one vector M and turn a gradient g into a direction d.
import { axpby, axpy, copy } from "../ops/vector.ts";
import { describe } from "../runtime/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Replaceable } from "./optimizer.ts";
import { checkNumber, checkSchedules, type Domains, type Schedule, valuesAt } from "./schedule.ts";

/** How past gradients enter the direction. */
export interface Momentum {
  /** "heavy-ball": M = μM + g, d = M. "nesterov": d = g + μM. "average": M = μM + (1 - μ)g, d = M. */
  readonly kind: "heavy-ball" | "nesterov" | "average";
  /** μ, at least 0 and below 1: a number or a function of the step. */
  readonly decay: Schedule;
}

const KINDS: readonly unknown[] = ["heavy-ball", "nesterov", "average"];

const DOMAINS = Object.freeze({ decay: "fraction" } satisfies Domains<"decay">);

function momentum(kind: Momentum["kind"], decay: Schedule): Momentum {
  checkSchedules("momentum", { decay }, DOMAINS);
  return Object.freeze({ kind, decay });
}

/** Settings with a momentum in the place of a number. */
export type WithMomentum<T> = Omit<T, "momentum"> & { readonly momentum: Momentum };

/** The momentum of an option: a number μ is `heavyBall(μ)`. Refuses what is neither. */
export function momentumFrom(optimizer: string, given: Momentum | number): Momentum {
  if (typeof given === "number") {
    return momentum("heavy-ball", checkNumber(optimizer, "momentum", given, "fraction"));
  }
  const { kind, decay } = given ?? {};
  if (!KINDS.includes(kind)) {
    throw new TypeError(
      `Cannot use ${optimizer}: momentum must be a number, heavyBall(0.9), nesterov() or movingAverage(), not ${
        describe(given)
      }`,
    );
  }
  checkSchedules(`the momentum of ${optimizer}`, { decay }, DOMAINS);
  return given;
}

/** The settings with the momentum that their option means. */
export function withMomentum<T extends { readonly momentum: Momentum | number }>(
  optimizer: string,
  settings: T,
): WithMomentum<T> {
  return Object.freeze({ ...settings, momentum: momentumFrom(optimizer, settings.momentum) });
}

/**
 * M = μM + g, d = M. Source: Polyak 1964.
 *
 * @throws {TypeError} when the decay is neither a number nor a function of the step.
 * @throws {RangeError} when it is not at least 0 and below 1.
 *
 * @example
 * ```ts
 * import { heavyBall } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(heavyBall(0.5), { kind: "heavy-ball", decay: 0.5 });
 * ```
 */
export function heavyBall(decay: Schedule = 0.9): Momentum {
  return momentum("heavy-ball", decay);
}

/**
 * M = μM + g, d = g + μM. Source: Sutskever et al. 2013, in the form that needs no shifted parameters.
 *
 * @throws {TypeError} when the decay is neither a number nor a function of the step.
 * @throws {RangeError} when it is not at least 0 and below 1.
 *
 * @example
 * ```ts
 * import { nesterov } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nesterov(0.5), { kind: "nesterov", decay: 0.5 });
 * ```
 */
export function nesterov(decay: Schedule = 0.9): Momentum {
  return momentum("nesterov", decay);
}

/**
 * M = μM + (1 - μ)g, d = M: an exponential moving average, so steps keep the size of gradients.
 *
 * @throws {TypeError} when the decay is neither a number nor a function of the step.
 * @throws {RangeError} when it is not at least 0 and below 1.
 *
 * @example
 * ```ts
 * import { movingAverage } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(movingAverage(0.5), { kind: "average", decay: 0.5 });
 * ```
 */
export function movingAverage(decay: Schedule = 0.9): Momentum {
  return momentum("average", decay);
}

/** μ at a step. */
function decayAt(momentum: Momentum, step: number): number {
  return valuesAt("momentum", momentum, DOMAINS, step).decay;
}

/** What a mean keeps of its start in one step; 0 for sums, which owe their start nothing. */
export function startKept(momentum: Momentum, step: number): number {
  return momentum.kind === "average" ? decayAt(momentum, step) : 0;
}

/**
 * Computes the successor of M and returns the direction: that successor, or for Nesterov's form `gradient`,
 * which it overwrites. M itself is only read, so a step can still be abandoned.
 */
export function prepareMomentum(
  momentum: Momentum,
  { current, next }: Replaceable,
  gradient: Tensor,
  step: number,
): Tensor {
  const { kind } = momentum, decay = decayAt(momentum, step);
  copy(current, next);
  axpby(kind === "average" ? 1 - decay : 1, gradient, decay, next);
  return kind === "nesterov" ? axpy(decay, next, gradient) : next;
}
