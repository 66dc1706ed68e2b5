// Scopes own what is made inside them: one dispose gives everything back, in reverse order.
import { checkMethods } from "./arguments.ts";

/** `Symbol.dispose`, or a stand-in on hosts that lack it. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ??
  Symbol.for("Symbol.dispose") as typeof Symbol.dispose;

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
   * @throws {TypeError} when it has no method `dispose()`.
   */
  own<T extends Resource>(resource: T): T {
    checkMethods("own a resource", "the resource", resource, ["dispose"]);
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
    for (let owned = this.#owned.pop(); owned; owned = this.#owned.pop()) owned.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}
