// What every method does around its own step: it refuses what no step can work on before anything changes.
import { checkKroneckerSites } from "../curvature/kronecker_factors.ts";
import { checkBatch } from "../nn/batch.ts";
import type { Batch } from "../nn/linearization.ts";
import { checkIsLoss } from "../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../nn/model.ts";
import { firstNonFinite } from "../ops/vector.ts";
import { checkObject } from "../runtime/arguments.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { randomKey, STREAMS } from "../tensor/random.ts";
import {
  checkState,
  type InitContext,
  type Optimizer,
  type OptimizerState,
  type Problem,
  type StepReport,
} from "./optimizer.ts";

/** What a method is made of. */
export interface Method<S extends OptimizerState, T extends object> {
  /** What messages call it. */
  readonly name: string;
  /** Settings, defaults filled in. */
  readonly settings: T;
  /** Its state. */
  readonly State: new (model: Model, settings: T, context: InitContext) => S;
  /** Takes one step. */
  readonly step: (state: S, problem: Problem, settings: T) => StepReport;
  /** True when every site must have Kronecker factors. @default false */
  readonly needsFactors?: boolean;
  /** Steps after which the sizes of what a step works on repeat. @default always 1 */
  readonly cycle?: (settings: T) => number;
  /** True for settings with which a step takes a validation batch. @default never */
  readonly validates?: (settings: T) => boolean;
}

/** The optimizer of a method. */
export function makeOptimizer<S extends OptimizerState, T extends object>(
  { name, settings, State, step, cycle = () => 1, needsFactors = false, validates = () => false }:
    Method<S, T>,
): Optimizer {
  const needsValidation = validates(settings);
  return Object.freeze({
    name,
    options: settings as Readonly<Record<string, unknown>>,
    needsValidation,
    get cycle(): number {
      return cycle(settings); // settings may be schedules, which are asked when they are needed
    },
    init: (model: Model, context: InitContext = {}): S => {
      checkContext(name, context);
      checkIsModel(`start ${name}`, model);
      if (needsFactors) checkKroneckerSites(`start ${name}`, model.sites);
      return new State(model, settings, context);
    },
    step: (state: OptimizerState, problem: Problem): StepReport => {
      const action = `step ${name}`;
      checkState(action, State, state);
      checkObject(action, "the problem", problem);
      state.checkModel(name, problem.model);
      if (problem.validation !== undefined && !needsValidation) {
        throw new TypeError(`Cannot ${action}: with these settings it takes no validation batch`);
      }
      checkRemembered(state);
      checkParameters(problem.model, state.step);
      return step(state, { ...problem, batch: keyed(problem.batch, state.step) }, settings);
    },
  });
}

/** The batch with a key of the step, where its owner gave none: all evaluations of the step draw the same. */
function keyed(batch: Batch, step: number): Batch {
  const given = checkBatch("take a step", batch);
  return { ...given, key: given.key ?? randomKey(0, STREAMS.dropout, step) };
}

/** Refuses what is no context for a first state. */
function checkContext(optimizer: string, context: unknown): asserts context is InitContext {
  const action = `start ${optimizer}`;
  checkObject(action, "the context", context);
  const { loss, warmStart } = context as InitContext;
  if (loss !== undefined) checkIsLoss(action, loss);
  if (warmStart === undefined) return;
  const isObject = typeof warmStart === "object" && warmStart !== null;
  if (!isObject || typeof warmStart[Symbol.iterator] !== "function") {
    throw new TypeError(`Cannot ${action}: warmStart must be an iterable of batches`);
  }
}

/** Names what is not finite of all that a step depends on: some of it would only show steps later. */
function checkRemembered({ tensors, numbers, step }: OptimizerState): void {
  for (const [name, tensor] of tensors) {
    if (firstNonFinite(tensor) >= 0) {
      throw new NonFiniteError("take a step", `state "${name}"`, step);
    }
  }
  for (const [name, value] of numbers) {
    if (!Number.isFinite(value)) throw new NonFiniteError("take a step", `state "${name}"`, step);
  }
}

/** Names the site of a parameter that is not finite: a unit that saturates would hide it from the loss. */
function checkParameters({ parameters, sites }: Model, step: number): void {
  const index = firstNonFinite(parameters);
  if (index < 0) return;
  const site = sites.findLast(({ offset }) => offset <= index);
  throw new NonFiniteError("take a step", `site "${site?.name}", parameters`, step);
}
