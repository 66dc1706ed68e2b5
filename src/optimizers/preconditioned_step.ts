// The one step of all methods that go along a preconditioned gradient. A method says how its preconditioner is prepared
// from a linearized batch, and whether momentum is taken of gradients or of directions:
//
//   linearize → gradient → prepare → momentum and direction, in either order → update → second look → commit
//
// What fails on the way leaves parameters and state as they were.
import type { Linearization } from "../nn/linearization.ts";
import type { Site } from "../nn/sites/site_layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { makeOptimizer, type Method } from "./method.ts";
import { type Momentum, prepareMomentum } from "./momentum.ts";
import type { Optimizer, OptimizerState, Problem, Replaceable, StepReport } from "./optimizer.ts";
import { type Domains, type Schedule, valuesAt } from "./schedule.ts";
import { Trial } from "./trial.ts";
import { applyUpdate, regularizedGradient } from "./update.ts";

/** What the state of every such method has. */
export interface PreconditionedState extends OptimizerState {
  /** Momentum M (P); undefined for methods without. */
  readonly momentum?: Replaceable | undefined;
  /** Working memory for the gradient (P). */
  readonly gradient: Tensor;
}

/** The options that may be schedules, among them those that every such method has. */
type DomainsOf<D> = Domains<(keyof D & string) | "learningRate" | "l2" | "weightDecay">;

/** Values of the options with domains D at one step. */
export type Values<D> = Readonly<Record<keyof DomainsOf<D>, number>>;

/** What a preconditioner is prepared from. */
export interface Situation<S, T, D> {
  /** What is remembered. */
  readonly state: S;
  /** The batch at the parameters before the step. It lives until the step ends, but hands sites out in `prepare` alone. */
  readonly lin: Linearization;
  /** Model, loss and batch. */
  readonly problem: Problem;
  /** What may be a schedule, at this step. */
  readonly values: Values<D>;
  /** All settings. */
  readonly settings: T;
}

/** A preconditioner of one step. Nothing that is remembered has changed. */
export interface Preconditioner {
  /** The direction of a vector (P). It may take the place of the state's gradient, but not of a momentum. */
  apply(vector: Tensor): Tensor;
  /** Looks at the batch again, where the method wants to. */
  readonly secondLook?: SecondLook | undefined;
  /** Undoes what preparing did, when the step fails after it. @default nothing was done */
  abandon?(): void;
  /** Remembers what was prepared, and adds to the report. Cannot fail. */
  commit?(): Partial<StepReport> | undefined;
}

/** A look at the batch with the new parameters. */
export interface SecondLook {
  /** Working memory (P): the parameters before the step, to take it back. */
  readonly parametersBefore: Tensor;
  /** True when the step stands. What it prepared is remembered either way, but for the momentum. */
  standsAfter(direction: Tensor, trial: Trial): boolean;
}

/** Where past gradients enter: before the preconditioner or after it. */
export interface MomentumPlace {
  /** What the mean is taken of. */
  readonly of: "gradient" | "direction";
  /** How. */
  readonly rule: Momentum;
}

/** What a method is made of; the rest is `preconditionedStep()`. */
export interface PreconditionedMethod<
  S extends PreconditionedState,
  T extends Readonly<Record<keyof DomainsOf<D>, Schedule>>,
  D extends DomainsOf<D>,
> extends Omit<Method<S, T>, "step" | "stepInParts"> {
  /** The options that may be schedules, each with what its values may be. */
  readonly domains: D;
  /** @default none */
  readonly momentum?: MomentumPlace | undefined;
  /** Makes the preconditioner of a step; the state's gradient is that of the step, regularized. */
  readonly prepare: (situation: Situation<S, T, D>) => Preconditioner;
}

/** The optimizer of a method with a preconditioner. */
export function makePreconditioned<
  S extends PreconditionedState,
  T extends Readonly<Record<keyof DomainsOf<D>, Schedule>>,
  D extends DomainsOf<D>,
>(method: PreconditionedMethod<S, T, D>): Optimizer {
  return makeOptimizer({
    ...method,
    step: (state, problem) => preconditionedStep(method, state, problem),
  });
}

/** Takes one step. */
function preconditionedStep<
  S extends PreconditionedState,
  T extends Readonly<Record<keyof DomainsOf<D>, Schedule>>,
  D extends DomainsOf<D>,
>(
  { name, settings, domains, momentum, prepare }: PreconditionedMethod<S, T, D>,
  state: S,
  problem: Problem,
): StepReport {
  const { model, loss, batch } = problem, { step, gradient } = state;
  const values = valuesAt(name, settings, domains, step);
  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, values.l2, gradient, step);
  const preconditioner = prepare({ state, lin, problem, values, settings });
  const { secondLook } = preconditioner;
  using trial = secondLook && new Trial(problem, values.l2, secondLook.parametersBefore);
  let stepNorm: number, accepted = true;
  try {
    const direction = directionOf(state, preconditioner, momentum);
    const update = (): number => applyUpdate(model, direction, values, step);
    stepNorm = trial ? trial.move(update) : update();
    if (trial) accepted = secondLook.standsAfter(direction, trial);
  } catch (error) {
    preconditioner.abandon?.();
    throw error;
  }
  if (accepted) {
    state.momentum?.commit();
    trial?.keep();
  } else {
    trial?.takeBack();
    stepNorm = 0;
  }
  const extra = preconditioner.commit?.(), outcome = trial && { accepted };
  state.step++;
  const { learningRate } = values;
  return { step, loss: lin.loss, gradientNorm, stepNorm, learningRate, ...outcome, ...extra };
}

/** Of the gradient through momentum and preconditioner, in the order that the method declares. */
function directionOf(
  { gradient, momentum: held, step }: PreconditionedState,
  preconditioner: Preconditioner,
  momentum: MomentumPlace | undefined,
): Tensor {
  if (!momentum || !held) return preconditioner.apply(gradient);
  const { of, rule } = momentum;
  return of === "gradient"
    ? preconditioner.apply(prepareMomentum(rule, held, gradient, step))
    : prepareMomentum(rule, held, preconditioner.apply(gradient), step);
}

/**
 * Fills `out` (P), which may be the vector itself, by each site's own preconditioner: `apply` makes the block of site i,
 * shaped as its W.
 */
export function siteBySite(
  sites: readonly Site[],
  vector: Tensor,
  out: Tensor,
  apply: (i: number, block: Tensor, out: Tensor) => void,
): Tensor {
  for (const [i, { weight: { shape }, offset }] of sites.entries()) {
    const block = vector.view(shape, offset);
    apply(i, block, out === vector ? block : out.view(shape, offset));
  }
  return out;
}
