// A long computation lets the event loop run every few milliseconds: timers, signals and input are heard, frames drawn.
// When it does so is no part of any result.
import { milliseconds } from "./clock.ts";
import { Frames } from "./frames.ts";
import { macrotask } from "./macrotask.ts";

/** Milliseconds of computing after which a turn is due. With one more step of 2 ms it is 10. */
const LONGEST_MS = 8;
/** Most calls between two looks at the clock, which costs as much as a hundredth of a small step. */
const LONGEST_STRIDE = 8;

/** Knows when the event loop should run, and runs it. */
export class Turns {
  readonly #frames = new Frames();
  #began = milliseconds();
  #calls = 0;
  #nextLook = 1;
  /** Calls after which a turn is due while the clock stands still, as that of edge workers between turns. */
  #blindCalls = 1;

  /** To be called after each small part of the work: true when the event loop should run now. */
  get isDue(): boolean {
    if (++this.#calls < this.#nextLook) return false;
    const elapsed = milliseconds() - this.#began;
    if (!(elapsed > 0)) {
      this.#nextLook = Math.min(
        this.#calls + LONGEST_STRIDE,
        Math.max(this.#blindCalls, this.#calls + 1),
      );
      return this.#calls >= this.#blindCalls;
    }
    const foreseen = Math.floor((LONGEST_MS - elapsed) / elapsed * this.#calls);
    this.#nextLook = this.#calls + Math.min(Math.max(foreseen, 1), LONGEST_STRIDE);
    return elapsed >= LONGEST_MS;
  }

  /** Lets the event loop run. */
  async take(): Promise<void> {
    await (this.#frames.overdue(milliseconds()) ?? macrotask());
    const now = milliseconds(), elapsed = now - this.#began;
    // A clock that stood still has moved by now, and tells how long the calls took.
    const factor = elapsed > 0 ? Math.min(LONGEST_MS / elapsed, 2) : 2;
    this.#blindCalls = Math.max(1, Math.min(Math.floor(this.#calls * factor), 0x1000_0000));
    this.#began = now;
    this.#calls = 0;
    this.#nextLook = 1;
  }
}
