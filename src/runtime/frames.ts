// Firefox draws no frame while messages keep coming, but one at once when the page waits for it.
import { macrotask } from "./macrotask.ts";

/** Milliseconds without a frame after which one is waited for. */
const OVERDUE_MS = 12;
/** Milliseconds after which none will come: nobody looks at the page, or not at this part of it. */
const LONGEST_WAIT_MS = 50;

/** What a page has to draw with; not all programs have the types of a page. */
interface Page {
  readonly requestAnimationFrame?: (drawn: () => void) => void;
  readonly document?: { readonly visibilityState: string };
}

/** Lets a page draw. Elsewhere there is nothing to draw, and nothing waits. */
export class Frames {
  #askedAt: number | undefined;
  #isPaused = false;
  #drawn: () => void = () => {};

  /** A wait for the frame that is overdue; undefined where none is. */
  overdue(now: number): Promise<void> | undefined {
    const page = globalThis as Page;
    if (typeof page.requestAnimationFrame !== "function" || !page.document) return;
    if (page.document.visibilityState === "hidden") return;
    if (this.#askedAt === undefined) {
      this.#askedAt = now;
      page.requestAnimationFrame(() => {
        this.#askedAt = undefined;
        this.#isPaused = false;
        this.#drawn();
      });
      return;
    }
    if (!this.#isPaused && now - this.#askedAt >= OVERDUE_MS) return this.#frame();
  }

  async #frame(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#isPaused = true;
        resolve();
      }, LONGEST_WAIT_MS);
      this.#drawn = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
    // What follows at once would delay the frame itself, which is drawn after the callbacks.
    await macrotask();
  }
}
