// Blocks whose owners nothing reaches any more although they were not disposed of. The host says so between two tasks,
// at a time of its own, or never: no bit of a result depends on it, because nothing reaches the block either.
import { blockBytes } from "./arena.ts";

interface Block {
  readonly pointer: number;
  readonly bytes: number;
}

const ADVICE =
  "Curvature: a tensor that nothing can reach any more was not disposed of. Its memory was taken back, " +
  "but not all hosts do so, and none at once: declare tensors, models and what else has dispose() by `using`, or " +
  "let a Scope own them.";

/** Takes blocks back when their owners are gone, where the host can tell. */
export class Collector {
  readonly #registry: FinalizationRegistry<Block> | undefined;
  readonly #release: (pointer: number, bytes: number) => void;
  #count = 0;
  #bytes = 0;

  /** Gives blocks back by `release`. */
  constructor(release: (pointer: number, bytes: number) => void) {
    this.#release = release;
    if (typeof FinalizationRegistry !== "function") return;
    this.#registry = new FinalizationRegistry((block) => this.#takeBack(block));
  }

  /** Owners that were gone before they gave their blocks back. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of their blocks. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The block is the owner's from now on. */
  watch(owner: object, pointer: number, bytes: number): void {
    this.#registry?.register(owner, { pointer, bytes }, owner);
  }

  /** The owner gives the block back itself. */
  forget(owner: object): void {
    this.#registry?.unregister(owner);
  }

  #takeBack({ pointer, bytes }: Block): void {
    if (this.#count++ === 0) console.warn(ADVICE);
    this.#bytes += blockBytes(bytes);
    this.#release(pointer, bytes);
  }
}
