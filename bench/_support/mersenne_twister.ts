// MT19937 (Matsumoto & Nishimura 1998) with the seeding that NumPy's RandomState and PyTorch share.

const SIZE = 624;
const SHIFT = 397;

/** A generator of 32-bit numbers. */
export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #next = SIZE;

  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const previous = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = Math.imul(previous, 1812433253) + i;
    }
  }

  /** The next number, below 2^32. */
  next(): number {
    if (this.#next === SIZE) this.#twist();
    let y = this.#state[this.#next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A number from 0 to `maximum`, by rejection, as RandomState draws it. */
  below(maximum: number): number {
    const mask = 2 ** (32 - Math.clz32(maximum)) - 1;
    for (;;) {
      const value = (this.next() & mask) >>> 0;
      if (value <= maximum) return value;
    }
  }

  /** Shuffles in place, as RandomState does. */
  shuffle(values: Uint32Array): Uint32Array {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i);
      [values[i], values[j]] = [values[j], values[i]];
    }
    return values;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
