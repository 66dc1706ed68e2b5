/**
 * Milliseconds since some fixed moment. Only time budgets and turns of the event loop may read it: no clock may
 * reach a result.
 */
export function milliseconds(): number {
  // deno-lint-ignore curvature/host-state -- the one place that reads a clock
  return performance.now();
}
