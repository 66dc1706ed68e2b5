// What every method does around its own step: it refuses what no step can work on before anything changes.
import { checkKroneckerSites } from "../curvature/kronecker_factors.ts";
import { checkBatch, StepBatch } from "../nn/batch.ts";
import type { Batch } from "../nn/linearization.ts";
import { checkIsLoss } from "../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../nn/model.ts";
import { firstNonFinite } from "../ops/vector.ts";
import { checkNamed, namesOf } from "../runtime/arguments.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { finish, type InParts } from "../runtime/parts.ts";
import { checkSignal, throwIfAborted } from "../runtime/signal.ts";
import { randomKey, STREAMS } from "../tensor/random.ts";
import {
  checkState,
  type InitContext,
  type Optimizer,
  type OptimizerState,
  type Problem,
  type StepReport,
} from "./optimizer.ts";
import { declareParts } from "./parts_of.ts";

/** What a method is made of. */
export interface Method<S extends OptimizerState, T extends object> {
  /** What messages call it. */
  readonly name: string;
  /** Settings, defaults filled in. */
  readonly settings: T;
  /** Its state. */
  readonly State: new (model: Model, settings: T) => S;
  /** Prepares a new state by the context's mini-batches, in parts. @default they are not looked at */
  readonly warmStart?: (
    state: S,
    model: Model,
    settings: T,
    context: InitContext,
  ) => InParts<void>;
  /** Takes one step. */
  readonly step: (state: S, problem: Problem, settings: T) => StepReport;
  /**
   * The same step in parts, for methods whose steps take long: where it pauses, parameters and state are as before the
   * step, and it may be given up. @default there are none
   */
  readonly stepInParts?: (state: S, problem: Problem, settings: T) => InParts<StepReport>;
  /** True when a site without Kronecker factors is refused. @default false */
  readonly needsFactors?: boolean;
  /**
   * What needs samples that do not meet in any layer, as "the rows of the Jacobian", with these settings; undefined for
   * nothing. @default nothing
   */
  readonly needsIndependence?: (settings: T) => string | undefined;
  /** Steps after which the sizes of what a step works on repeat. @default always 1 */
  readonly cycle?: (settings: T) => number;
  /** True for settings with which a step takes a validation batch. @default never */
  readonly validates?: (settings: T) => boolean;
}

const PROBLEM_NAMES = namesOf<Problem>({
  model: true,
  loss: true,
  batch: true,
  validation: true,
  signal: true,
});
const CONTEXT_NAMES = namesOf<InitContext>({ loss: true, warmStart: true });

/** The optimizer of a method. */
export function makeOptimizer<S extends OptimizerState, T extends object>(
  method: Method<S, T>,
): Optimizer {
  const { name, settings, cycle = () => 1, needsFactors = false, validates = () => false } = method;
  const needsValidation = validates(settings);
  const checked = (state: OptimizerState, problem: Problem): [S, Problem, T] => {
    const action = `step ${name}`;
    checkState(action, method.State, state);
    checkNamed(action, "the problem", problem, PROBLEM_NAMES);
    state.checkModel(name, problem.model);
    if (problem.validation !== undefined && !needsValidation) {
      throw new TypeError(`Cannot ${action}: with these settings it takes no validation batch`);
    }
    if (problem.signal !== undefined) checkSignal(action, problem.signal);
    throwIfAborted(action, problem.signal);
    checkRemembered(state);
    checkParameters(problem.model, state.step);
    checkKept(problem.model, state.step);
    return [state, { ...problem, batch: keyed(problem.batch, state.step) }, settings];
  };
  const step = (state: OptimizerState, problem: Problem): StepReport =>
    standing(problem, method.step(...checked(state, problem)));
  const { stepInParts } = method;
  if (stepInParts) {
    declareParts(step, (...args) => standingInParts(args[1], stepInParts(...checked(...args))));
  }

  const initInParts = (model: Model, context: InitContext = {}): InParts<S> => {
    checkContext(name, context);
    checkIsModel(`start ${name}`, model);
    if (needsFactors) checkKroneckerSites(`start ${name}`, model.sites);
    const dependent = method.needsIndependence?.(settings);
    if (dependent) checkUncoupled(`start ${name}`, dependent, model);
    return begin(method, model, context);
  };
  const init = (...args: Parameters<typeof initInParts>): S =>
    finish(`start ${name}`, initInParts(...args));
  declareParts(init, initInParts);
  const options = settings as Readonly<Record<string, unknown>>;
  return Object.freeze({
    name,
    options,
    needsValidation,
    get cycle(): number {
      return cycle(settings); // settings may be schedules, which are asked when they are needed
    },
    init,
    step,
  });
}

/** Makes a state and warm-starts it; one that is given up has no memory. */
function* begin<S extends OptimizerState, T extends object>(
  { State, settings, warmStart }: Method<S, T>,
  model: Model,
  context: InitContext,
): InParts<S> {
  const state = new State(model, settings);
  let isReady = false;
  try {
    if (context.warmStart && warmStart) {
      const batches = inTraining(context.warmStart);
      yield* warmStart(state, model, settings, { ...context, warmStart: batches });
    }
    isReady = true;
    return state;
  } finally {
    if (!isReady) state.dispose();
  }
}

/** The report of a step, with which what the layers keep changes too, unless the step was taken back. */
function standing({ model }: Problem, report: StepReport): StepReport {
  if (report.accepted !== false) model.commitState();
  return report;
}

function* standingInParts(problem: Problem, parts: InParts<StepReport>): InParts<StepReport> {
  return standing(problem, yield* parts);
}

/** The mini-batches of a warm start: of training, unless they say otherwise, though nothing is drawn. */
function* inTraining(batches: Iterable<Batch>): Iterable<Batch> {
  for (const batch of batches) {
    checkBatch("take in a mini-batch", batch);
    yield new StepBatch(batch, batch.key);
  }
}

/** Refuses a model in whose layers the samples of a training batch meet. */
export function checkUncoupled(action: string, dependent: string, { coupling }: Model): void {
  if (!coupling) return;
  throw new TypeError(
    `Cannot ${action}: ${dependent} must not depend on other samples, which meet in ${coupling.layer} in training`,
  );
}

/** The batch with a key of the step, where its owner gave none: all evaluations of the step draw the same. */
function keyed(batch: Batch, step: number): Batch {
  checkBatch("take a step", batch);
  return new StepBatch(batch, batch.key ?? randomKey(0, STREAMS.dropout, step));
}

/** Refuses what is no context for a first state. */
function checkContext(optimizer: string, context: unknown): asserts context is InitContext {
  const action = `start ${optimizer}`;
  checkNamed(action, "the context", context, CONTEXT_NAMES);
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

/** Names what layers keep that is not finite. */
function checkKept({ state }: Model, step: number): void {
  for (const { name, value } of state) {
    if (firstNonFinite(value) < 0) continue;
    throw new NonFiniteError("take a step", `"${name}" of the model`, step);
  }
}

/** Names the site of a parameter that is not finite: a unit that saturates would hide it from the loss. */
function checkParameters({ parameters, sites }: Model, step: number): void {
  const index = firstNonFinite(parameters);
  if (index < 0) return;
  const site = sites.findLast(({ offset }) => offset <= index);
  throw new NonFiniteError("take a step", `site "${site?.name}", parameters`, step);
}
