// The last m pairs of steps s and changes y of the gradient, as rows of one tensor in a ring, and the product of the
// inverse Hessian that they describe with a vector:
//
//   H_0 = γ I, γ = sᵀy / yᵀy of the newest pair;  H+ = (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ, ρ = 1 / sᵀy
import type { Model } from "../../nn/model.ts";
import { axpby, axpy, copy, dot, firstNonFinite, scale } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LbfgsSettings } from "./settings.ts";
import { OptimizerState } from "../optimizer.ts";

/** State of L-BFGS. */
export class LbfgsState extends OptimizerState {
  /** Working memory (P each): gradient before and at the point that was tried last, direction, parameters before. */
  readonly gradient: Tensor;
  readonly gradientAfter: Tensor;
  readonly direction: Tensor;
  readonly parametersBefore: Tensor;
  readonly #pairs: Tensor;
  readonly #memory: number;
  readonly #size: number;

  /** Allocates everything. */
  constructor(model: Model, { memory }: LbfgsSettings) {
    super(model);
    const shape = [this.#size = model.parameterCount];
    this.#memory = memory;
    this.#pairs = this.remember("pairs", [2 * memory, this.#size]);
    this.numbers.set("pairs", 0).set("next", 0);
    this.gradient = this.workspace(shape);
    this.gradientAfter = this.workspace(shape);
    this.direction = this.workspace(shape);
    this.parametersBefore = this.workspace(shape);
  }

  /** Pairs that are held. */
  get count(): number {
    return this.#whole("pairs", this.#memory);
  }

  /** Where the next pair goes. */
  get next(): number {
    return this.#whole("next", this.#memory - 1);
  }

  /** direction = -H g, or -g where rounding makes that infinite; returns the number of pairs in H. */
  makeDirection(): number {
    const { count, direction, gradient } = this;
    this.#recur(count);
    if (firstNonFinite(direction) < 0) return count;
    axpby(-1, gradient, 0, direction);
    return 0;
  }

  /** The two-loop recursion. */
  #recur(count: number): void {
    const { direction, gradient } = this, weights = new Float64Array(count);
    axpby(-1, gradient, 0, direction);
    for (let age = 0; age < count; age++) {
      const [s, y] = this.#pair(age);
      weights[age] = dot(s, direction) / dot(s, y);
      axpy(-weights[age], y, direction);
    }
    if (count > 0) {
      const [s, y] = this.#pair(0);
      scale(dot(s, y) / dot(y, y), direction);
    }
    for (let age = count - 1; age >= 0; age--) {
      const [s, y] = this.#pair(age);
      axpy(weights[age] - dot(y, direction) / dot(s, y), s, direction);
    }
  }

  /** Takes in s = length direction and y = change of the gradient as row `next`, if sᵀy is enough to divide by. */
  takeIn(length: number, next: number): boolean {
    const { direction, gradient, gradientAfter } = this;
    const y = axpy(-1, gradient, gradientAfter);
    const product = length * dot(direction, y), size = dot(y, y);
    if (!(product > 0 && size > 0 && product / size < Infinity && 1 / product < Infinity)) {
      return false;
    }
    axpby(length, direction, 0, this.#row(2 * next));
    copy(y, this.#row(2 * next + 1));
    this.numbers.set("pairs", Math.min(this.#memory, this.count + 1));
    this.numbers.set("next", (next + 1) % this.#memory);
    return true;
  }

  /** Forgets all pairs. */
  forget(): void {
    this.numbers.set("pairs", 0);
  }

  /** s and y, the newest first. */
  #pair(age: number): [Tensor, Tensor] {
    const place = (this.next - 1 - age + this.#memory) % this.#memory;
    return [this.#row(2 * place), this.#row(2 * place + 1)];
  }

  #row(index: number): Tensor {
    return this.#pairs.view([this.#size], index * this.#size);
  }

  #whole(name: string, most: number): number {
    const value = this.numbers.get(name) ?? 0;
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw new RangeError(
      `Cannot take a step: state "${name}" must be whole, from 0 to ${most}, not ${value}`,
    );
  }
}
