// The objective of a step at points around its parameters, for methods that look before they leap.
import type { Loss } from "../nn/losses/loss.ts";
import type { Model } from "../nn/model.ts";
import { axpy, copy, dot, firstNonFinite } from "../ops/vector.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import type { InParts } from "../runtime/parts.ts";
import type { Batch } from "../nn/linearization.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** ½ l2 |θ|². */
export function penalty(parameters: Tensor, l2: number): number {
  return l2 === 0 ? 0 : 0.5 * l2 * dot(parameters, parameters);
}

/** The loss of a mini-batch with L2 regularization, at θ + length direction. */
export class Trial {
  readonly #model: Model;
  readonly #loss: Loss;
  readonly #l2: number;
  readonly #before: Tensor;

  /** Remembers the parameters in `before` (P). */
  constructor(model: Model, loss: Loss, l2: number, before: Tensor) {
    this.#model = model;
    this.#loss = loss;
    this.#l2 = l2;
    this.#before = copy(model.parameters, before);
  }

  /**
   * Moves the parameters there and evaluates the loss; infinite where it, or a parameter, is not finite.
   *
   * @param gradient Where to write the gradient of the same, if it is wanted and the loss is finite.
   */
  lossAt(batch: Batch, direction: Tensor, length: number, gradient?: Tensor): number {
    this.moveTo(direction, length);
    if (firstNonFinite(this.#model.parameters) >= 0) return Infinity;
    try {
      using lin = this.#model.linearize(this.#loss, batch);
      if (gradient) {
        lin.gradient(gradient);
        if (this.#l2 > 0) axpy(this.#l2, this.#model.parameters, gradient);
        if (firstNonFinite(gradient) >= 0) return Infinity;
      }
      return lin.loss + penalty(this.#model.parameters, this.#l2);
    } catch (error) {
      if (error instanceof NonFiniteError) return Infinity;
      throw error;
    }
  }

  /** The same, and takes the parameters back before it pauses. */
  *visit(batch: Batch, direction: Tensor, length: number): InParts<number> {
    const value = this.lossAt(batch, direction, length);
    this.takeBack();
    yield;
    return value;
  }

  /** Moves the parameters. */
  moveTo(direction: Tensor, length: number): void {
    const { parameters } = this.#model;
    axpy(length, direction, copy(this.#before, parameters));
    this.#model.parametersChanged();
  }

  /** Gives the parameters back as they were, to the bit. */
  takeBack(): void {
    copy(this.#before, this.#model.parameters);
    this.#model.parametersChanged();
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
