/**
 * The values of all promises in order. Waits for every one before it fails with the first failure in order, so
 * that the same mistake gives the same message and nothing is still being written behind the caller's back.
 */
export async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
