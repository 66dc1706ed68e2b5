// A long computation in parts. Between two of them it can be left alone for a while, or given up by `return()`, and
// everything outside of it is as if it had not begun, or is as its author promises.
import { throwIfAborted } from "./signal.ts";
import type { Turns } from "./turns.ts";
import type { HostSignal } from "./host_types.ts";

/** A computation that pauses at every `yield`. */
export type InParts<T> = Generator<void, T, void>;

/** Computes all parts at once; a signal is looked at before each. */
export function finish<T>(action: string, parts: InParts<T>, signal?: HostSignal): T {
  while (true) {
    giveUpIfAborted(action, parts, signal);
    const { done, value } = parts.next();
    if (done) return value;
  }
}

/** The same, and lets the event loop run between parts. */
export async function finishInTurns<T>(
  action: string,
  parts: InParts<T>,
  turns: Turns,
  signal?: HostSignal,
): Promise<T> {
  while (true) {
    giveUpIfAborted(action, parts, signal);
    const { done, value } = parts.next();
    if (done) return value;
    if (turns.isDue) await turns.take();
  }
}

function giveUpIfAborted<T>(action: string, parts: InParts<T>, signal?: HostSignal): void {
  if (!signal?.aborted) return;
  parts.return(undefined as never);
  throwIfAborted(action, signal);
}
