// Scopes own what is made inside them: one dispose gives everything back, in reverse order.
import { checkMethods } from "./arguments.ts";

/** `Symbol.dispose`, or a stand-in on hosts that lack it. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ??
  Symbol.for("Symbol.dispose") as typeof Symbol.dispose;

/** Gives back what `dispose()` refuses to, because it is lent: for the owner alone. */
export const RELEASE: unique symbol = Symbol("release");

/** The key of who owns a resource that is lent, as messages call it; undefined where nobody has it but who holds it. */
export const OWNER: unique symbol = Symbol("owner");

/** What an owner may show to others and still give back itself. */
interface Lendable {
  readonly [OWNER]?: string | undefined;
  [RELEASE]?(): void;
}

/** Anything that gives its memory back. */
export interface Resource {
  /** Gives the memory back; a second call does nothing. */
  dispose(): void;
}

/**
 * Owns resources until it is disposed.
 *
 * @example
 * ```ts
 * import { memoryUsage, Scope, zeros } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * const before = memoryUsage().liveBytes;
 * {
 *   using scope = new Scope();
 *   scope.own(zeros([100]));
 * }
 * assertEquals(memoryUsage().liveBytes, before);
 * ```
 */
export class Scope implements Resource {
  readonly #owned: Resource[] = [];

  /**
   * Makes the scope the owner of a resource, which it returns.
   *
   * @throws {TypeError} when it has no method `dispose()`, or belongs to a model, a linearization or another owner.
   */
  own<T extends Resource>(resource: T): T {
    checkMethods("own a resource", "the resource", resource, ["dispose"]);
    const owner = (resource as Lendable)[OWNER];
    if (owner) throw new TypeError(`Cannot own a resource: it belongs to ${owner}`);
    this.#owned.push(resource);
    return resource;
  }

  /**
   * Moves a resource out of the scope: it now lives until its new owner disposes it.
   *
   * @throws {TypeError} when it has no method `dispose()`.
   */
  keep<T extends Resource>(resource: T): T {
    checkMethods("keep a resource", "the resource", resource, ["dispose"]);
    const index = this.#owned.lastIndexOf(resource);
    if (index >= 0) this.#owned.splice(index, 1);
    return resource;
  }

  /** Disposes everything that is owned, last first. */
  dispose(): void {
    for (let owned = this.#owned.pop(); owned; owned = this.#owned.pop()) release(owned);
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}

/** Gives a resource back, lent or not. */
export function release(resource: Resource): void {
  const { [RELEASE]: own } = resource as Lendable;
  if (own) own.call(resource);
  else resource.dispose();
}
