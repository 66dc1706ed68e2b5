interface Host {
  process?: { env?: Record<string, string | undefined> };
}

/** True in Deno, which starts programs fastest and where every test runs. */
export const IS_DENO: boolean = "Deno" in globalThis;

const { process } = globalThis as unknown as Host;

/** How much a test does: a little in every run, more in `deno task nightly`. */
export function atScale(always: number, nightly: number): number {
  return process?.env?.CURVATURE_NIGHTLY ? nightly : always;
}
