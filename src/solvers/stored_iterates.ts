import { copy } from "../ops/vector.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leading } from "./_leading.ts";

const FIRST = 5;
const RATIO = 1.3;

/** An iterate that a solve passed through. */
export interface StoredIterate {
  /** After which iteration. */
  readonly iteration: number;
  /** A copy of x (n). */
  readonly x: Tensor;
  /** ½ xᵀA x - bᵀx. */
  readonly phi: number;
}

/** Keeps iterates 5, 7, 9, 11, 15, 19, 25, 32, …: ceil(5 · 1.3^j), dense first and sparse later. */
export class IterateStore {
  readonly #make: () => Tensor;
  readonly #planned: Tensor[] = [];
  #stored: StoredIterate[] = [];
  #next = FIRST;

  /** Takes copies into vectors that `make` gives, into their first elements where x is smaller. */
  constructor(make: () => Tensor) {
    this.#make = make;
  }

  /** Plans the copies of so many iterations; without, each is made when it is first needed. */
  plan(iterations: number, make: () => Tensor = this.#make): void {
    if (iterations === 0) return;
    let count = 1;
    for (let next = FIRST; Math.ceil(next) <= iterations; next *= RATIO) count++;
    while (this.#planned.length < count) this.#planned.push(make());
  }

  /** Forgets what another solve has stored. */
  clear(): void {
    this.#stored = [];
    this.#next = FIRST;
  }

  /** Stores x when the iteration is one to store. */
  offer(iteration: number, x: Tensor, phi: number): void {
    if (iteration !== Math.ceil(this.#next)) return;
    this.#next *= RATIO;
    this.#store(iteration, x, phi);
  }

  /** Stores the last iterate, unless it is stored already. */
  close(iteration: number, x: Tensor, phi: number): readonly StoredIterate[] {
    if (this.#stored.at(-1)?.iteration !== iteration) this.#store(iteration, x, phi);
    return this.#stored;
  }

  #store(iteration: number, x: Tensor, phi: number): void {
    const at = this.#stored.length;
    const planned = this.#planned[at] ??= this.#make();
    this.#stored.push({ iteration, x: copy(x, leading(planned, x.size)), phi });
  }
}
