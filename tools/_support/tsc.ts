// The TypeScript compiler, as who uses the npm package runs it.
import { deno } from "./command.ts";
import { ROOT } from "./project.ts";

// With a lock file of its own: Deno downloads all that a lock file names, and tests need no AssemblyScript.
const COMPILER = ["--no-config", "--lock=tools/typescript.lock", "npm:typescript@7.0.2/tsc"];

/** Compiles by a tsconfig.json; throws with what the compiler said unless it is content. */
export async function tsc(configuration: string): Promise<void> {
  await deno(["run", "-A", ...COMPILER, "-p", configuration], { cwd: ROOT });
}
