// Trying parameters and taking them back to the bit: the one way of all methods that look before they leap.
import type { Batch } from "../nn/linearization.ts";
import { axpy, copy, firstNonFinite } from "../ops/vector.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import type { InParts } from "../runtime/parts.ts";
import { DISPOSE, type Resource } from "../runtime/scope.ts";
import { cast } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Problem } from "./optimizer.ts";
import { addL2, penalty } from "./penalty.ts";

/** Parameters that move, and the objective there: the loss with L2 regularization. They are taken back unless kept. */
export class Trial implements Resource {
  readonly #problem: Problem;
  readonly #l2: number;
  readonly #before: Tensor;
  readonly #counted: Tensor | undefined;
  #isAway = false;

  /** Remembers the parameters in `before` (P); `counted` (P) has ones for those that L2 is of, by default it is of all. */
  constructor(problem: Problem, l2: number, before: Tensor, counted?: Tensor) {
    this.#counted = counted;
    this.#problem = problem;
    this.#l2 = l2;
    this.#before = copy(problem.model.parameters, before);
  }

  /** Has the parameters changed by a function, which may throw halfway. */
  move<T>(change: () => T): T {
    this.#isAway = true;
    return change();
  }

  /** Moves the parameters to θ + length direction, θ those that are remembered; false where one is not finite. */
  moveTo(direction: Tensor, length: number): boolean {
    const { model } = this.#problem, { parameters } = model;
    this.move(() => {
      if (direction.dtype === parameters.dtype) {
        axpy(length, direction, copy(this.#before, parameters));
      } else {
        using precise = cast(this.#before, direction.dtype);
        parameters.data.set(axpy(length, direction, precise).data);
      }
    });
    model.parametersChanged();
    return firstNonFinite(parameters) < 0;
  }

  /**
   * The objective where the parameters are; infinite where it is not finite.
   *
   * @param gradient Where to write its gradient, if that is wanted and the loss is finite.
   */
  objective(batch: Batch = this.#problem.batch, gradient?: Tensor): number {
    const { model: { parameters }, model, loss } = this.#problem;
    try {
      using lin = model.linearize(loss, batch);
      if (gradient) {
        lin.gradient(gradient);
        addL2(this.#l2, parameters, this.#counted, gradient);
        if (firstNonFinite(gradient) >= 0) return Infinity;
      }
      return lin.loss + penalty(parameters, this.#l2, this.#counted);
    } catch (error) {
      if (error instanceof NonFiniteError) return Infinity;
      throw error;
    }
  }

  /** The objective at θ + length direction, where the parameters stay; infinite where one of them is not finite. */
  objectiveAt(direction: Tensor, length: number, batch?: Batch, gradient?: Tensor): number {
    return this.moveTo(direction, length) ? this.objective(batch, gradient) : Infinity;
  }

  /** The same, and takes the parameters back before it pauses. */
  *visit(direction: Tensor, length: number, batch?: Batch): InParts<number> {
    const value = this.objectiveAt(direction, length, batch);
    this.takeBack();
    yield;
    return value;
  }

  /** Gives the parameters back as they were, to the bit. */
  takeBack(): void {
    if (!this.#isAway) return;
    const { model } = this.#problem;
    copy(this.#before, model.parameters);
    model.parametersChanged();
    this.#isAway = false;
  }

  /** Has the parameters stay where they are. */
  keep(): void {
    this.#isAway = false;
  }

  /** Takes back what was not kept. */
  dispose(): void {
    this.takeBack();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}

/** What a line search found. */
export interface Step {
  /** α; 0 when no length was good enough. */
  readonly length: number;
  /** The objective there. */
  readonly value: number;
}

/**
 * Shortens a step until the objective falls by a share of what its slope promises.
 *
 * Source: Armijo 1966; Nocedal & Wright 2006, algorithm 3.1.
 *
 * @param valueAt The objective at a length, in parts.
 * @param start The objective at length 0, and its slope there.
 * @param first The first length, and the objective there when it is known.
 */
export function* backtrack(
  valueAt: (length: number) => InParts<number>,
  start: { readonly value: number; readonly slope: number },
  first: Step,
  { sufficientDecrease, shrinkage, attempts }: BacktrackOptions,
): InParts<Step> {
  let { length, value } = first;
  for (let i = 0; i <= attempts; i++) {
    if (value <= start.value + sufficientDecrease * length * start.slope) return { length, value };
    length *= shrinkage;
    if (i < attempts) value = yield* valueAt(length);
  }
  return { length: 0, value: start.value };
}

/** How a step is shortened. */
export interface BacktrackOptions {
  /** The share of the slope that counts as enough. */
  readonly sufficientDecrease: number;
  /** What the length is multiplied by each time. */
  readonly shrinkage: number;
  /** How often at most. */
  readonly attempts: number;
}
