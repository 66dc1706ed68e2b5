/** Milliseconds since some fixed moment. Only time budgets may read it: no clock may reach a result. */
export function milliseconds(): number {
  return performance.now();
}
