// The packages of bench/rivals, installed when a bench asks for them.
import { run } from "../../tools/_support/command.ts";
import { ROOT } from "../../tools/_support/project.ts";

/** Runs `npm ci` in bench/rivals. */
export async function installRivals(): Promise<void> {
  const cwd = new URL("bench/rivals/", ROOT);
  const outcome = await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd });
  if (outcome?.code !== 0) {
    throw new Error(`Cannot install bench/rivals: ${outcome?.stderr ?? "npm is not found here"}`);
  }
}
