import { dirname } from "node:path";
import { UsageError } from "./usage_error.ts";

/**
 * Makes sure that a file can be written, before hours go into what it shall hold.
 *
 * @throws {UsageError} when it cannot.
 */
export async function claimFile(path: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    (await Deno.open(path, { create: true, append: true })).close();
  } catch (error) {
    throw new UsageError(`Cannot write "${path}": ${(error as Error).message}`);
  }
}
