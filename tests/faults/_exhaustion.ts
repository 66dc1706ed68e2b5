// Requests for memory that fail one after the other, and what is found afterwards.
import { OutOfMemoryError } from "../../mod.ts";
import { reclaim } from "../../src/runtime/reclaim.ts";
import { releaseWorkspace, setAllocationFault } from "../../src/runtime/memory.ts";
import { ok } from "../_support/assert.ts";
import { liveBytes } from "../_support/live_bytes.ts";

/** Something that asks for memory. */
export interface Workload {
  /** Asks for memory, and gives all of it back but what `bits()` tells of. */
  readonly run: () => void | Promise<void>;
  /** All that lives on, as text; a run that fails half-way may have taken whole steps. */
  readonly bits: () => string;
  /** Gives back what lives on. */
  readonly dispose: () => void;
}

/** Bytes of tensors, without the kernels' scratch block. */
function tensorBytes(): number {
  releaseWorkspace();
  return liveBytes();
}

/** Runs with a fault; the error and the number of requests. */
async function runWith(
  { run }: Workload,
  fails: (request: number) => boolean,
): Promise<{ error: unknown; requests: number }> {
  let requests = 0, error: unknown;
  releaseWorkspace();
  setAllocationFault(() => fails(++requests));
  try {
    await run();
  } catch (thrown) {
    error = thrown;
  } finally {
    setAllocationFault(undefined);
  }
  return { error, requests };
}

/** Lets every request fail once, alone and with all that follow; returns how many failures that were. */
export async function exhaust(make: () => Workload): Promise<number> {
  const clean = make();
  const milestones = new Set([clean.bits()]);
  const { requests, error } = await runWith(clean, () => false);
  ok(error === undefined, `without failures: ${error}`);
  const expected = clean.bits();
  milestones.add(expected);
  clean.dispose();
  while (reclaim()); // what other models keep idle would come back with the first request that fails
  const baseline = tensorBytes();
  for (let failing = 1; failing <= requests; failing++) {
    for (const isLasting of [false, true]) {
      const where = `request ${failing} of ${requests}${isLasting ? " and all after it" : ""}`;
      const workload = make();
      const before = workload.bits();
      const outcome = await runWith(
        workload,
        (request) => isLasting ? request >= failing : request === failing,
      );
      if (outcome.error !== undefined || isLasting) {
        ok(outcome.error instanceof OutOfMemoryError, `${where}: ${outcome.error}`);
        ok(workload.bits() === before, `${where}: something changed`);
        const again = await runWith(workload, () => false);
        ok(again.error === undefined, `${where}: afterwards ${again.error}`);
      } // else idle buffers were given back, and the request was made again
      ok(workload.bits() === expected, `${where}: another result afterwards`);
      workload.dispose();
      const leaked = tensorBytes() - baseline;
      ok(leaked === 0, `${where}: ${leaked} bytes leaked`);
    }
  }
  return 2 * requests;
}
