// The blocks of an arena that wait for a request, in bins by size: two-level segregated fit. A power of two has
// eight bins, sizes below 16 units one each, and a bit says whether a bin holds anything.
//
// Source: Masmano et al. 2004, TLSF; deviates: the own bin of a request is looked through as well, because training
// asks for the same sizes again and again.

/** A stretch of memory, in units, that is handed out or waits. */
export interface Block {
  /** Its first unit. */
  start: number;
  /** How many it has. */
  units: number;
  /** True while it waits for a request. */
  isFree: boolean;
  /** The block that ends where it begins. */
  before: Block | undefined;
  /** The block that begins where it ends. */
  after: Block | undefined;
  /** The one before it in its bin. */
  previous: Block | undefined;
  /** The one after it in its bin. */
  next: Block | undefined;
}

/** No block has as many units as this: 4 GiB of 64 bytes, and one. */
export const UNITS_LIMIT = 67108865;

const BINS = 8 * 25;
const WORD_BITS = 32;
/** So many blocks of the own bin are looked at while there are larger ones. */
const TRIES = 16;

/** The bin of blocks with so many units. */
function binOf(units: number): number {
  if (units < 16) return units;
  const exponent = 31 - Math.clz32(units);
  return 8 * (exponent - 2) + ((units >>> (exponent - 3)) & 7);
}

/** Free blocks by size; adding, removing and finding take constant time. */
export class FreeBlocks {
  readonly #first: (Block | undefined)[] = new Array(BINS).fill(undefined);
  readonly #filled = new Uint32Array(Math.ceil(BINS / WORD_BITS));

  /** Adds a block. */
  add(block: Block): void {
    const bin = binOf(block.units), first = this.#first[bin];
    block.isFree = true;
    block.next = first;
    if (first) first.previous = block;
    this.#first[bin] = block;
    this.#filled[bin >>> 5] |= 1 << (bin & 31);
  }

  /** Takes a block out. */
  remove(block: Block): void {
    const { previous, next } = block;
    if (next) next.previous = previous;
    if (previous) previous.next = next;
    else this.#setFirst(binOf(block.units), next);
    block.isFree = false;
    block.previous = block.next = undefined;
  }

  /** Changes the size of a block, which mostly stays in its bin. */
  resize(block: Block, units: number): void {
    if (binOf(units) === binOf(block.units)) {
      block.units = units;
      return;
    }
    this.remove(block);
    block.units = units;
    this.add(block);
  }

  /**
   * A block of at least so many units: of the own bin, else of the next that holds one. The own bin is looked through
   * to its end only where no larger block exists, before memory must grow.
   */
  find(units: number): Block | undefined {
    const bin = binOf(units);
    let block = this.#first[bin];
    for (let tries = 0; block && tries < TRIES; tries++, block = block.next) {
      if (block.units >= units) return block;
    }
    const larger = this.#firstFrom(bin + 1);
    if (larger) return larger;
    while (block && block.units < units) block = block.next;
    return block;
  }

  #setFirst(bin: number, block: Block | undefined): void {
    this.#first[bin] = block;
    if (!block) this.#filled[bin >>> 5] &= ~(1 << (bin & 31));
  }

  /** The first block of the first bin from `bin` on that holds any. */
  #firstFrom(bin: number): Block | undefined {
    let word = bin >>> 5;
    let bits = this.#filled[word] & (-1 << (bin & 31));
    while (bits === 0 && ++word < this.#filled.length) bits = this.#filled[word];
    if (bits === 0 || word >= this.#filled.length) return undefined;
    return this.#first[WORD_BITS * word + 31 - Math.clz32(bits & -bits)];
  }
}
