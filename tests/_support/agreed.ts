/** Prints what must be the same on every runtime, one line `agreed: <what>: <value>`; tests/run.ts compares them. */
export function agreed(what: string, value: string): void {
  console.log(`agreed: ${what}: ${value}`);
}
