// Signals as users pass them: an AbortSignal, or whatever else can say whether it is `aborted`.
import { checkBoolean, checkObject } from "./arguments.ts";
import type { HostSignal } from "./host_types.ts";

/** Refuses what is no signal. */
export function checkSignal(action: string, signal: unknown): void {
  checkObject(action, "the signal", signal);
  checkBoolean(action, "aborted of the signal", (signal as HostSignal).aborted);
}

/** Throws the reason of a signal that was aborted, which is an "AbortError" where it has none. */
export function throwIfAborted(action: string, signal: HostSignal | undefined): void {
  if (!signal?.aborted) return;
  const { reason } = signal;
  if (reason !== undefined) throw reason;
  throw new DOMException(`Cannot ${action}: the signal is aborted`, "AbortError");
}
