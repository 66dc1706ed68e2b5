// Memory that is kept only because it may be of use again, and is given back before a request fails.

/** Holds memory that nothing uses now. */
export interface Reserve {
  /** When it was last added to, as `nextUse()` counts; undefined while it holds nothing. */
  readonly lastUse: number | undefined;
  /** Gives a part back, what was used least recently first. */
  giveBackOldest(): void;
}

interface Reference {
  deref(): Reserve | undefined;
}

const references: Set<Reference> = new Set();
let uses = 0;
let sweepsAt = 64;

/** A number larger than any before it. */
export function nextUse(): number {
  return ++uses;
}

/** Lets requests that would fail draw on a reserve, without keeping it alive; returns what ends that. */
export function registerReserve(reserve: Reserve): () => void {
  if (references.size >= sweepsAt) {
    liveReserves();
    sweepsAt = 2 * references.size + 64;
  }
  const reference = typeof WeakRef === "function" ? new WeakRef(reserve) : { deref: () => reserve };
  references.add(reference);
  return () => void references.delete(reference);
}

/** Gives a part of the reserve back that has been idle longest; false where there is nothing. */
export function reclaim(): boolean {
  let [oldest, lastUse]: [Reserve | undefined, number] = [undefined, Infinity];
  for (const reserve of liveReserves()) {
    if ((reserve.lastUse ?? Infinity) >= lastUse) continue;
    oldest = reserve;
    lastUse = reserve.lastUse ?? Infinity;
  }
  oldest?.giveBackOldest();
  return oldest !== undefined;
}

/** The reserves that are still there; forgets the others. */
function liveReserves(): Reserve[] {
  const found: Reserve[] = [];
  for (const reference of references) {
    const reserve = reference.deref();
    if (reserve) found.push(reserve);
    else references.delete(reference);
  }
  return found;
}
