// The passes of a model that wait to be borrowed again. Training borrows the same few again and again; what serves
// batches of whatever size arrives must not keep a pass for each of them for ever.
import { nextUse, registerReserve, type Reserve } from "../../runtime/reclaim.ts";
import type { Resource } from "../../runtime/scope.ts";
import { type Network, NetworkPass } from "./network_pass.ts";

/** So many passes wait whatever their size: more than a step of any method borrows. */
export const PASSES_KEPT = 4;
/** More of them wait as long as all together have no more bytes. */
export const BYTES_KEPT = 67108864;

/** `predict()` takes so many samples at once, whatever their size. */
const SAMPLES_AT_ONCE = 16;
/** It takes more of them as long as their buffers have no more bytes. */
const PART_BYTES = 16777216;

/** A pass that waits, with the bytes of its buffers. */
interface IdlePass {
  readonly pass: NetworkPass;
  readonly bytes: number;
}

/** Idle passes by batch size; beyond the limits, or when memory runs out, the least recently used go first. */
export class PassPool implements Resource, Reserve {
  /** Batch sizes in the order of their last use, each with the passes that wait. */
  readonly #idle: Map<number, IdlePass[]> = new Map();
  readonly #unregister: () => void;
  #latest: number | undefined;
  #lastUse = 0;
  #count = 0;
  #bytes = 0;
  #bytesOfOne = 0;
  #isDisposed = false;
  readonly #network: Network;

  /** Holds nothing yet. */
  constructor(network: Network) {
    this.#network = network;
    this.#unregister = registerReserve(this);
  }

  /** When a pass was last put here; undefined while none waits. */
  get lastUse(): number | undefined {
    return this.#count > 0 ? this.#lastUse : undefined;
  }

  /** A pass for a batch of this size: one that waits, else a new one. */
  take(batchSize: number): NetworkPass {
    const found = this.#idle.get(batchSize)?.pop();
    return found ? this.#takeOut(found) : new NetworkPass(this.#network, batchSize);
  }

  /** How many of so many samples should go through the network at once where nothing asks for all of them. */
  samplesInPart(batchSize: number): number {
    if (batchSize <= SAMPLES_AT_ONCE) return batchSize;
    this.#bytesOfOne ||= this.#measureOne();
    const fitting = Math.floor(PART_BYTES / this.#bytesOfOne);
    return Math.min(batchSize, Math.max(SAMPLES_AT_ONCE, fitting));
  }

  /** Lets a pass wait that is not in use any more. */
  put(pass: NetworkPass): void {
    if (this.#isDisposed) return pass.dispose();
    const [batchSize] = pass.input.shape;
    const passes = this.#idle.get(batchSize) ?? [], { bytes } = pass;
    if (this.#latest !== batchSize) {
      this.#idle.delete(batchSize); // to be the last in order again
      this.#idle.set(batchSize, passes);
      this.#latest = batchSize;
    }
    passes.push({ pass, bytes });
    this.#lastUse = nextUse();
    this.#count++;
    this.#bytes += bytes;
    while (this.#count > PASSES_KEPT && this.#bytes > BYTES_KEPT) this.giveBackOldest();
  }

  /** Disposes the pass that was used least recently. */
  giveBackOldest(): void {
    for (const [batchSize, passes] of this.#idle) {
      const oldest = passes.shift();
      if (passes.length === 0) this.#remove(batchSize);
      if (oldest) return this.#takeOut(oldest).dispose();
    }
  }

  /** Disposes all passes, and those that are put here later. */
  dispose(): void {
    this.#isDisposed = true;
    this.#unregister();
    while (this.#count > 0) this.giveBackOldest();
  }

  /** Bytes of the forward buffers for one sample. */
  #measureOne(): number {
    const pass = new NetworkPass(this.#network, 1);
    const { bytes } = pass;
    pass.dispose();
    return bytes;
  }

  #remove(batchSize: number): void {
    this.#idle.delete(batchSize);
    if (this.#latest === batchSize) this.#latest = undefined;
  }

  #takeOut({ pass, bytes }: IdlePass): NetworkPass {
    this.#count--;
    this.#bytes -= bytes;
    return pass;
  }
}
