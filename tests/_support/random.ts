/** A reproducible source of numbers for tests: xorshift, 32 bits. */
export class TestRandom {
  #word: number;

  /** Begins with a seed. */
  constructor(seed: number) {
    this.#word = Math.imul(seed + 1, 0x9e3779b1) || 1;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    let word = this.#word;
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    this.#word = word;
    return (word >>> 0) % limit;
  }

  /** One of several. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  /** The same things in another order. */
  shuffled<T>(things: readonly T[]): T[] {
    const order = [...things];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
