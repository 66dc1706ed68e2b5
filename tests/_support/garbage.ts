// The collector of the host, called on purpose. For host tests: browsers and edge workers have no such call.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

interface Host {
  readonly Bun?: { gc(isSynchronous: boolean): void };
}

/** So often does collecting free what only the last time made unreachable. */
const ROUNDS = 3;

function collector(): () => void {
  const { Bun } = globalThis as Host;
  if (Bun) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

/** Collects what nothing reaches, and lets the host say so. */
export async function collectGarbage(): Promise<void> {
  const collect = collector();
  for (let i = 0; i < ROUNDS; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
