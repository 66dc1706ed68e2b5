// How each host lets its event loop run once. scheduler.yield() is none of the ways: it comes back before any timer
// of the page, so that a loop of it starves AbortSignal.timeout() in Chromium and Firefox.

/** What some hosts have. */
interface Host {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: typeof MessageChannel;
}

/** Resolves after timers, signals and input that are due were heard. */
export function macrotask(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as Host;
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else if (MessageChannel) sendMessage(new MessageChannel(), resolve);
    else setTimeout(resolve, 0);
  });
}

/** In a page, where timers that follow each other wait 4 ms. Both ports are closed: an open one keeps a process alive. */
function sendMessage({ port1, port2 }: MessageChannel, resolve: () => void): void {
  port1.onmessage = (): void => {
    port1.close();
    resolve();
  };
  port2.postMessage(undefined);
}
