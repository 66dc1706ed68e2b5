/** A signal that Ctrl-C aborts; a second Ctrl-C ends the process as usual. */
export function interruption(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const release = (): void => Deno.removeSignalListener("SIGINT", onInterrupt);
  const onInterrupt = (): void => {
    release();
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  return { signal: controller.signal, release };
}
